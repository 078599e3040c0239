"""Where the API is served and as whom it is called."""
