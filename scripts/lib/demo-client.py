"""Talks to the demo's application over HTTP, from inside its container, so that the host needs no client.

    wait [SECONDS]   until GET /health answers; prints how long that took from now
    story            submits an application, casts the board's votes, reads the result back
    list             prints what is stored
"""

import json
import sys
import time
import urllib.error
import urllib.request

URL = "http://127.0.0.1:8000"


def call(method: str, path: str, body: dict | None = None) -> tuple[int, object]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.status, json.load(response)


def wait(seconds: float) -> None:
    began = time.monotonic()
    while True:
        try:
            call("GET", "/health")
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
            if time.monotonic() - began > seconds:
                sys.exit(f"no answer from {URL}/health within {seconds:.0f} s: {error}")
            time.sleep(0.02)


def story() -> None:
    status, filed = call("POST", "/applications", {
        "first_name": "Ada", "last_name": "Lovelace", "applicant_email": "ada@example.org", "department": "Mathematics",
        "project_title": "Analytical Engine", "project_description": "Brass, mostly.", "costs": 1700.5,
    })
    print(f"  POST /applications     {status}  id={filed['id']} status={filed['status']} votes={len(filed['votes'])}")
    for vote, choice in zip(filed["votes"], ("approve", "approve", "abstain"), strict=True):
        status, cast = call("POST", f"/votes/{vote['token']}", {"vote": choice})
        print(f"  POST /votes/{vote['token'][:8]}…  {status}  {choice:8} application={cast['application']['status']}")
    if cast["application"]["status"] != "approved":
        sys.exit("the last vote was cast, but the application is not approved")


def listing() -> None:
    status, applications = call("GET", "/applications")
    if len(applications) != 1:
        sys.exit(f"one application was stored, but {len(applications)} were found")
    one = applications[0]
    dates = f"created={one['created_at'][11:19]} concluded={one['concluded_at'][11:19]}"
    print(f"  GET  /applications     {status}  id={one['id']} {one['status']} {dates}")


match sys.argv[1:]:
    case ["wait", *seconds]: wait(float(seconds[0]) if seconds else 30)
    case ["story"]: story()
    case ["list"]: listing()
    case _: sys.exit(__doc__)
