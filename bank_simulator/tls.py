"""A port where no TLS handshake ever succeeds, for callers whose bank's certificate ran out."""

import asyncio
import struct

HANDSHAKE_FAILURE = bytes([21, 3, 3, 0, 2, 2, 40])
HEADER_BYTES = 5
HELLO_SECONDS = 5.0


class BrokenTls:
    """The port, open as long as the application runs."""

    def __init__(self, host: str, port: int) -> None:
        """Keep where to listen."""
        self._host, self._port = host, port
        self._server: asyncio.Server | None = None

    async def start(self, _: object) -> None:
        """Begin to refuse handshakes."""
        self._server = await asyncio.start_server(_refuse, self._host, self._port)

    async def stop(self) -> None:
        """Close the port."""
        if self._server is not None:
            self._server.close()


async def _refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read the caller's hello to its end, and answer with the fatal alert of TLS."""
    try:
        header = await asyncio.wait_for(reader.readexactly(HEADER_BYTES), HELLO_SECONDS)
        length = struct.unpack(">H", header[3:])[0]
        await asyncio.wait_for(reader.readexactly(length), HELLO_SECONDS)
        writer.write(HANDSHAKE_FAILURE)
        await writer.drain()
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()
