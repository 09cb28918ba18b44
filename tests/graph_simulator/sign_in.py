"""The sign-in server: client credentials, with a secret or with an assertion that the app's certificate has signed."""

import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class SignIn:
    """What the directory knows of one app. Whatever is wrong is answered as Microsoft does, with its AADSTS number."""

    tenant_id: str
    client_id: str
    certificate: bytes = b""  # DER
    secret: str = ""
    lifetime: int = 3600
    refusals: list[tuple[str, str]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    given: int = 0

    def answer(self, form: dict[str, str], token_url: str) -> tuple[int, dict[str, object]]:
        """Give a token, or say why not."""
        flaw = self.refusals.pop() if self.refusals else self._flaw(form, token_url)
        if flaw is not None:
            error, description = flaw
            return 400 if error != "invalid_client" else 401, {"error": error, "error_description": description}
        self.given += 1
        token = f"token-{self.given}"
        self.tokens.add(token)
        return 200, {"token_type": "Bearer", "expires_in": self.lifetime, "access_token": token}

    def _flaw(self, form: dict[str, str], token_url: str) -> tuple[str, str] | None:
        if form.get("grant_type") != "client_credentials":
            return "unsupported_grant_type", "AADSTS70003: only client credentials are served here"
        if form.get("client_id") != self.client_id:
            return "unauthorized_client", "AADSTS700016: the application was not found in the directory"
        if not form.get("scope", "").endswith("/.default"):
            return "invalid_scope", "AADSTS1002012: the scope must end with /.default"
        if "client_assertion" in form:
            is_good = form.get("client_assertion_type") == JWT_BEARER and self._signed(
                form["client_assertion"], token_url
            )
            return None if is_good else ("invalid_client", "AADSTS700027: the certificate or its signature is not good")
        if not self.secret or form.get("client_secret") != self.secret:
            return "invalid_client", "AADSTS7000215: an invalid client secret was provided"
        return None

    def _signed(self, assertion: str, token_url: str) -> bool:
        """Check an assertion as the directory does: its signature, for whom it is, and who says so."""
        head_text, claims_text, signature = assertion.split(".")
        head, claims = json.loads(_decoded(head_text)), json.loads(_decoded(claims_text))
        key = x509.load_der_x509_certificate(self.certificate).public_key() if self.certificate else None
        if not isinstance(key, rsa.RSAPublicKey) or head.get("alg") != "PS256":
            return False
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)
        try:
            key.verify(_decoded(signature), f"{head_text}.{claims_text}".encode(), pss, hashes.SHA256())
        except InvalidSignature:
            return False
        return (claims["aud"], claims["iss"], claims["sub"]) == (token_url, self.client_id, self.client_id)


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
