"""What schemathesis does not know by itself; loaded by it, see check-api.py."""
import schemathesis

# Bytes of tus are bytes.
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
