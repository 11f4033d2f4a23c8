"""Logins of an app that other computers can reach, and the file that names them."""

import base64

import pytest

from webui import guard

LOGINS = {"ada": "lovelace: 1843", "grace": "höpper"}


class TestLogins:
    def basic(self, name, password):
        encoded = base64.b64encode(f"{name}:{password}".encode()).decode()
        return {"authorization": f"Basic {encoded}"}

    @pytest.mark.parametrize(("name", "password"), LOGINS.items())
    def test_the_right_password_opens(self, guarded, name, password):
        assert guarded(logins=LOGINS).get("/", headers=self.basic(name, password)).text == "hello"

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"authorization": "Basic"},
            {"authorization": "Basic !!!"},
            {"authorization": "Basic /w=="},
            {"authorization": "Bearer " + base64.b64encode(b"ada:lovelace: 1843").decode()},
        ],
    )
    def test_anything_else_is_asked_for_a_login(self, guarded, headers):
        answer = guarded(logins=LOGINS).get("/", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Basic ")

    @pytest.mark.parametrize(("name", "password"), [("ada", "höpper"), ("eve", ""), ("", "")])
    def test_a_name_opens_with_its_own_password_only(self, guarded, name, password):
        answer = guarded(logins=LOGINS).get("/", headers=self.basic(name, password))
        assert answer.status_code == 401

    def test_the_health_check_needs_none(self, guarded):
        assert guarded(logins=LOGINS).get("/health").status_code == 200

    def test_wrong_passwords_make_their_sender_wait_ever_longer(self):
        now = 0.0
        doorman = guard.Doorman(LOGINS, clock=lambda: now)
        wrong = self.basic("ada", "guess")["authorization"]
        right = self.basic("ada", LOGINS["ada"])["authorization"]
        waits = []
        for _ in range(20):
            doorman.refuse("10.0.0.1", wrong)
            blocked = doorman.refuse("10.0.0.1", right) if len(waits) >= 4 else None
            waits.append(int(blocked.headers["Retry-After"]) if blocked else 0)
            now += waits[-1] + 0.125
        assert waits[:4] == [0, 0, 0, 0]
        assert waits[4:] == [1, 2, 4, 8, 16, 32, *[60] * 10]
        assert doorman.refuse("10.0.0.2", right) is None
        assert doorman.refuse("10.0.0.1", right) is None

    def test_the_wait_is_named(self):
        doorman = guard.Doorman(LOGINS, clock=lambda: 0.0)
        for _ in range(6):
            refusal = doorman.refuse("10.0.0.1", self.basic("ada", "guess")["authorization"])
        assert refusal.status == 429
        assert refusal.response("en").body.decode().endswith("try again in 1 second.")


class TestLoginFile:
    @pytest.fixture
    def written(self, tmp_path):
        def write(text, mode=0o600):
            file = tmp_path / "people"
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
            file.chmod(mode)
            return file

        return write

    def test_each_line_is_a_person(self, written):
        people = written("\ufeffada:lovelace: 1843\r\n\r\ngrace:höpper\n")
        assert guard.read_logins(people) == LOGINS

    @pytest.mark.parametrize(
        ("text", "mode", "sentence"),
        [
            ("", 0o600, "names nobody"),
            ("\n \n", 0o600, "names nobody"),
            ("ada:x\nada lovelace\n", 0o600, "Line 2 of the login file"),
            (":secret", 0o600, "Line 1 of the login file"),
            ("ada:", 0o600, "Line 1 of the login file"),
            ("ada:x", 0o644, "chmod 600"),
            (b"\xff\xfe\x00", 0o600, "cannot be read"),
        ],
    )
    def test_what_is_wrong_with_it_is_said(self, written, text, mode, sentence):
        with pytest.raises(guard.LaunchError, match=sentence):
            guard.read_logins(written(text, mode))

    @pytest.mark.parametrize("file", ["missing", "."])
    def test_a_missing_file_is_said(self, tmp_path, file):
        with pytest.raises(guard.LaunchError, match="cannot be read; expected a text file"):
            guard.read_logins(tmp_path / file)
