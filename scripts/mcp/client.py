"""The official Python MCP client against a running server: python client.py URL TOKEN REVISION

Prints one line; exits 1 with the reason when anything is not as it should be.
"""

import asyncio
import importlib.metadata
import json
import sys

import httpx2
import jsonschema
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

TOOLS_MIN = 12


def require(condition, why):
    if not condition:
        raise SystemExit(why)


async def main(url, token, revision):
    http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60)
    mode = "legacy" if revision == "2025-11-25" else revision
    async with http, Client(streamable_http_client(url, http_client=http), mode=mode) as client:
        require(client.protocol_version == revision, f"asked for {revision}, got {client.protocol_version}")
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        require(len(tools) >= TOOLS_MIN, f"{len(tools)} tools, at least {TOOLS_MIN}")
        for tool in tools.values():
            require(tool.output_schema, f"{tool.name} has no outputSchema")
            jsonschema.Draft202012Validator.check_schema(tool.output_schema)
            jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        valid = 0

        async def call(name, arguments, meta=None):
            nonlocal valid
            answer = await client.call_tool(name, arguments, meta=meta)
            require(not answer.is_error, f"{name}: {answer.content}")
            require(answer.structured_content is not None, f"{name} answered nothing structured")
            jsonschema.validate(answer.structured_content, tools[name].output_schema)
            valid += 1
            return answer

        found = (await call("extensions_search", {"limit": 200})).structured_content["items"]
        require(found, "the registry is empty")
        name = found[-1]["packageName"]
        pack = {"packageName": name, "packageVersion": found[-1].get("version") or found[-1]["packageVersion"]}
        key = {"cinatra.ai/idempotencyKey": f"mcp-python-{revision}"}
        installed = await call("extensions_install", pack, key)
        again = await call("extensions_install", pack, key)
        require(again.structured_content == installed.structured_content, "a repeated key got another answer")
        at = (installed.meta or {}).get("cinatra.ai/at")
        require(at, "install does not say where it stands")
        fresh = {"cinatra.ai/minPos": at, "cinatra.ai/strict": True}
        listed = (await call("extensions_list", {}, fresh)).structured_content["items"]
        require(any(item["packageName"] == name for item in listed), "the list lacks the package")
        timeline = await call("extensions_timeline", {"packageName": name}, fresh)
        require(timeline.structured_content["items"], "the timeline is empty")
        await call("extensions_get", {"packageName": name}, fresh)
        await call("extensions_archive", pack)
        await call("extensions_restore", {"packageName": name})
        await call("extension_lifecycle_audit_list", {})
        await call("audit_events_list", {})

        nothing = {"packageName": "@nobody/nothing-skill", "packageVersion": "1.0.0"}
        refused = await client.call_tool("extensions_install", nothing)
        require(refused.is_error, "an unknown package is no error")
        envelope = refused.structured_content or json.loads(refused.content[0].text)
        code = envelope["error"]["code"]
        print(
            f"python      mcp {importlib.metadata.version('mcp')}  revision {client.protocol_version}  "
            f"{len(tools)} tools  {valid} structured answers valid  isError {code}"
        )


asyncio.run(main(*sys.argv[1:4]))
