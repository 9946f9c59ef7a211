"""The reference implementation as a judge: reads flows with runs of them, says what it makes of them.

Each line that comes in is `{"document": <text>, "runs": [{"inputs", "replies", "answers"}]}`: calls are answered by
`replies` in turn, gates by `answers`. Each line that goes out is `{"refused": <why or null>, "gates": "as written" or
"without inputs", "runs": [...]}`; a run is `{"calls", "said", "asked", "outputs"}` or `{"calls", "said", "asked",
"failed"}`. Where the reference refuses a flow, it is judged again without the inputs of gates, which it does not know.
"""

import json
import logging
import re
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

from pyagentspec.serialization import AgentSpecDeserializer
from wayflowcore.agentspec import AgentSpecLoader
from wayflowcore.agentspec.components import all_deserialization_plugin
from wayflowcore.executors.executionstatus import FinishedStatus, UserMessageRequestStatus
from wayflowcore.messagelist import MessageType

BASE = "{{CINATRA_BASE_URL}}"


class Platform(BaseHTTPRequestHandler):
    """Answers what flows call, from the script of the run under way."""

    replies = []
    calls = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        made = Platform.calls
        made.append({"path": self.path, "body": json.loads(body) if body else None})
        known = len(made) <= len(Platform.replies)
        text = json.dumps(Platform.replies[len(made) - 1] if known else {}).encode()
        self.send_response(200 if known else 422)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def without_gate_inputs(flow):
    """Takes inputs that no message mentions from gates, and the edges that fed them."""
    dropped = set()

    def gates(part):
        if isinstance(part, list):
            for item in part:
                gates(item)
        elif isinstance(part, dict):
            if part.get("component_type") == "InputMessageNode":
                message = part.get("message") or ""
                for given in part.pop("inputs", None) or []:
                    if not re.search(r"\{\{\s*" + re.escape(given["title"]) + r"\b", message):
                        dropped.add((part["id"], given["title"]))
            for item in part.values():
                gates(item)

    def edges(part):
        if isinstance(part, list):
            return [edges(item) for item in part if not is_dropped(item)]
        if isinstance(part, dict):
            return {key: edges(value) for key, value in part.items()}
        return part

    def is_dropped(item):
        if not isinstance(item, dict) or item.get("component_type") != "DataFlowEdge":
            return False
        node = item["destination_node"]
        return (node.get("$component_ref") or node.get("id"), item["destination_input"]) in dropped

    gates(flow)
    return edges(flow)


def told(why):
    return " ".join(f"{type(why).__name__}: {why}".split())[:300]


def load(document, base):
    flow = json.loads(document)
    try:
        AgentSpecDeserializer(plugins=all_deserialization_plugin).from_json(json.dumps(flow).replace(BASE, base))
        gates, refused = "as written", None
    except Exception as why:
        flow, gates = without_gate_inputs(flow), "without inputs"
        refused = told(why)
    try:
        return AgentSpecLoader().load_json(json.dumps(flow).replace(BASE, base)), gates, refused
    except Exception as why:
        return None, gates, refused or told(why)


def run(flow, script):
    Platform.replies, Platform.calls = script["replies"], []
    answers = iter(script["answers"])
    result = {"asked": 0}
    conversation = None
    try:
        conversation = flow.start_conversation(inputs=script["inputs"])
        status = conversation.execute()
        while isinstance(status, UserMessageRequestStatus):
            result["asked"] += 1
            conversation.append_user_message(next(answers))
            status = conversation.execute()
        if isinstance(status, FinishedStatus):
            result["outputs"] = status.output_values
        else:
            result["failed"] = type(status).__name__
    except Exception as why:
        result["failed"] = told(why)
    messages = conversation.get_messages() if conversation else []
    said = [m.content for m in messages if m.message_type == MessageType.AGENT]
    return {**result, "calls": Platform.calls, "said": said}


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Platform)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    # What libraries print is not our answer.
    out, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        case = json.loads(line)
        flow, gates, refused = load(case["document"], base)
        runs = [run(flow, script) for script in case["runs"]] if flow else []
        print(json.dumps({"refused": refused, "gates": gates, "runs": runs}, default=str), file=out, flush=True)


main()
