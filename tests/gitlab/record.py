#!/usr/bin/env python3
"""Writes requests.json: the requests that python-gitlab sends for everything that mlgate asks of GitLab.

    pip install python-gitlab && tests/gitlab/record.py > tests/gitlab/requests.json
"""

import http.server
import json
import threading
from urllib.parse import parse_qsl, urlsplit

import gitlab

SHA = "1234567890abcdef1234567890abcdef12345678"
recorded = []


class Recorder(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        address = urlsplit(self.path)
        recorded.append(
            {
                "method": self.command,
                "path": address.path.removeprefix("/api/v4").replace(SHA, ":sha"),
                "query": sorted(name for name, _ in parse_qsl(address.query)),
                "body": sorted(json.loads(body)) if body else [],
                "token": "private-token" if self.headers.get("private-token") == "tok" else None,
            }
        )
        one = {"id": 9, "iid": 7, "username": "b", "body": "x", "status": "success"}
        listed = self.command == "GET" and address.path.endswith(("notes", "statuses", "jobs", "merge_requests"))
        answer = b"" if self.command == "DELETE" else json.dumps([one] if listed else one).encode()
        self.send_response({"POST": 201, "DELETE": 204}.get(self.command, 200))
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = do_DELETE = answer


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
threading.Thread(target=server.serve_forever, daemon=True).start()
lab = gitlab.Gitlab(f"http://127.0.0.1:{server.server_address[1]}", private_token="tok")
lab.auth()
for name in ("8", "group/sub/model"):
    project = lab.projects.get(name, lazy=True)
    merge_request = project.mergerequests.get(7)
    page = {"per_page": 100, "page": 1, "get_all": False}
    merge_request.notes.list(sort="asc", order_by="created_at", **page)
    merge_request.notes.create({"body": "text"})
    note = merge_request.notes.get(9)
    note.body = "other text"
    note.save()
    note.delete()
    commit = project.commits.get(SHA, lazy=True)
    commit.merge_requests(per_page=100)
    status = {"state": "failed", "name": "mlgate", "description": "d", "target_url": "https://x/"}
    commit.statuses.create(status)
    commit.statuses.create(status | {"pipeline_id": 31})
    commit.statuses.list(name="mlgate", per_page=100, get_all=False)
    commit.statuses.list(name="mlgate", pipeline_id=31, per_page=100, get_all=False)
    project.pipelines.get(31, lazy=True).jobs.list(**page)
print(json.dumps(recorded, indent=1))
