"""The doctor: what stands in the way of sending, from the settings to the DNS, each with its way out."""
