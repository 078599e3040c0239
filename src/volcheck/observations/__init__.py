"""What an endpoint was seen to do, right or wrong."""
