"""The mail server of the tests: a mail counts as taken when it came whole."""

import smtplib
import socket

from tests.portal.mail_server import serve_mail


def test_a_whole_mail_is_taken() -> None:
    with serve_mail() as server, smtplib.SMTP(*server.place, timeout=5) as client:
        client.sendmail("a@troco.example", ["b@padaria.example"], "Subject: one\r\n\r\nwords\r\n")
        assert [mail["Subject"] for mail in server.taken] == ["one"]


def test_whoever_goes_away_in_the_middle_leaves_no_mail() -> None:
    with serve_mail() as server:
        with socket.create_connection(server.place, timeout=5) as line:
            line.sendall(b"DATA\r\nSubject: half\r\n")
            line.shutdown(socket.SHUT_WR)
            answers = line.makefile("rb").read()
        assert answers == b"220 mail\r\n354 go on\r\n"
        assert server.taken == []
