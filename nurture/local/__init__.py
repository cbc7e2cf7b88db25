"""The embedded stack: Temporal's dev server, a mail catcher, a Twilio stand-in, and made-up prospects and reps."""
