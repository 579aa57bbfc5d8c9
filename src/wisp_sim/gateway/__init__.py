"""The gateway: websockets over which Discord tells its clients what happens."""
