"""A server for mail on this machine: it takes what it is given, is slow, or cuts the line."""

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks as much of SMTP (RFC 5321) as a client needs that hands one mail over.

    Attributes:
        place: Its host and port.
        is_busy: Whether it refuses the next mail for now.
        pauses: Seconds that it takes before it says that it has a mail.
        cuts: How many more mails it takes and then ends the line without a word.
        taken: Each mail as it came.
        recipients: Whom each was for, in the server's own words.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.place = ("127.0.0.1", int(self.server_address[1]))
        self.is_busy = False
        self.pauses = 0.0
        self.cuts = 0
        self.taken: list[EmailMessage] = []
        self.recipients: list[str] = []


class _Talk(socketserver.StreamRequestHandler):
    """One connection, a line and its answer at a time."""

    server: MailServer

    def handle(self) -> None:
        self._say("220 mail")
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"MAIL" and self.server.is_busy:
                self._say("451 busy")
            elif verb == b"RCPT":
                self.server.recipients.append(line.decode("ascii").partition(":")[2].strip())
                self._say("250 ok")
            elif verb == b"DATA":
                self._say("354 go on")
                taken = self._mail()
                if taken is None:
                    return None
                self.server.taken.append(taken)
                if self.server.cuts:
                    self.server.cuts -= 1
                    return None
                time.sleep(self.server.pauses)
                self._say("250 taken")
            elif verb == b"QUIT":
                return self._say("221 bye")
            else:
                self._say("250 ok")
        return None

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())

    def _mail(self) -> EmailMessage | None:
        """Return the mail that is handed over; none where the line ends before the mail does."""
        lines: list[bytes] = []
        for line in self.rfile:
            if line == b".\r\n":
                return message_from_bytes(b"".join(lines), policy=policy.default)
            lines.append(line)
        return None


@contextmanager
def serve_mail() -> Iterator[MailServer]:
    """Run a server until the block ends."""
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
