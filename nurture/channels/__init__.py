"""The ways out: each channel hands one message to one provider and tells apart yes, no, later and no answer."""
