"""Each published RO-Crate, held to its profile by roc-validator, without a network.

Run by `make crates`, in an environment of its own. The validator asks for the contexts that a
crate names; here they are answered with those of their terms that our crates use.
"""

import functools
import io
import json
import sys
import tempfile
from pathlib import Path

import rocrate
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests_cache import CachedSession
from rocrate_validator.models import Severity, ValidationSettings
from rocrate_validator.services import validate
from urllib3 import HTTPResponse

PROFILE = "process-run-crate"
SCHEMA = Path(rocrate.__file__).parent / "data/schema.jsonld"
PUBLISHED = Path("results/published")
ACCEPT = "application/ld+json, application/json, */*;q=0.1"  # as the validator asks


@functools.cache
def contexts() -> dict[str, dict[str, str]]:
    """Terms by the address of their context: schema.org's, and the few that crates add."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))["@graph"]
    names = [entry["@id"].removeprefix("schema:") for entry in schema]
    terms = {name: f"http://schema.org/{name}" for name in names if ":" not in name}
    terms |= {"File": terms["MediaObject"], "conformsTo": "http://purl.org/dc/terms/conformsTo"}
    run = "https://w3id.org/ro/terms/workflow-run"
    return {
        "https://w3id.org/ro/crate/1.1/context": terms,
        f"{run}/context": {"sha256": f"{run}#sha256"},
    }


class Contexts(HTTPAdapter):
    """Answers with a context in place of asking a server."""

    def send(self, request: PreparedRequest, **_: object) -> Response:
        body = io.BytesIO(json.dumps({"@context": contexts()[request.url]}).encode())
        kind = {"content-type": "application/ld+json"}
        return self.build_response(
            request, HTTPResponse(body, kind, status=200, preload_content=False)
        )


def fill(cache: str) -> None:
    """Keep the contexts where the validator looks for them when it is offline."""
    with CachedSession(cache, backend="sqlite", expire_after=-1) as session:
        session.mount("https://", Contexts())
        for address in contexts():
            session.get(address, headers={"Accept": ACCEPT})


def faults(crate: Path, cache: str) -> list[str]:
    """Sentences about what the profile asks and the crate has not."""
    result = validate(
        ValidationSettings(
            rocrate_uri=str(crate),
            profile_identifier=PROFILE,
            requirement_severity=Severity.REQUIRED,
            cache_path=cache,
            offline=True,
        )
    )
    return [f"{crate}: {issue.message}" for issue in result.get_issues(Severity.REQUIRED)]


def main() -> None:
    folders = [Path(name) for name in sys.argv[1:]]
    crates = folders or sorted(path.parent for path in PUBLISHED.glob("*/config.yaml"))
    with tempfile.TemporaryDirectory() as folder:
        fill(f"{folder}/http")
        wrong = [fault for crate in crates for fault in faults(crate, f"{folder}/http")]
    if wrong or not crates:
        sys.exit("\n".join(wrong) or f"{PUBLISHED}: no crate")
    print(f"{len(crates)} crates are valid ({PROFILE})")


if __name__ == "__main__":
    main()
