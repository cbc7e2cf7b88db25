"""The doors of the house: tracking, unsubscribe, webhooks, the API, the rep inbox, lead timelines and reports."""
