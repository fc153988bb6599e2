"""Other people's alarms: from what their systems send, one module each, to alarms as we know them."""
