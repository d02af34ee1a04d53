"""Talking to ProjectVote from inside its container."""

import json

CALL = """
import json, sys, urllib.request
method, path, body = sys.argv[1], sys.argv[2], sys.argv[3] or None
request = urllib.request.Request("http://127.0.0.1:8000" + path, body and body.encode(),
                                 {"Content-Type": "application/json"}, method=method)
print(json.dumps(json.load(urllib.request.urlopen(request, timeout=10))))
"""


def call(app, method: str, path: str, body: dict | None = None):
    return json.loads(app.exec("python3", "-c", CALL, method, path, json.dumps(body) if body else ""))


def file_application(app, title: str) -> dict:
    return call(app, "POST", "/applications", {
        "first_name": "Ada", "last_name": "Lovelace", "applicant_email": "ada@example.org", "department": "Maths",
        "project_title": title, "project_description": "…", "costs": 12.5})
