"""明窗接口的示例客户端：只用 Python 3.11+ 标准库，可以直接抄进自己的系统。

    export MINGCHUANG_URL=http://127.0.0.1:8000 MINGCHUANG_TOKEN=mc_…
    python client.py pull  副本.json                       # 取上次以后变过的行，并记住取到哪里
    python client.py find  --act talk --staff ZW0001 --day 2026-11-20 --time 14:31

令牌在“接口令牌”页（点自己的姓名进入）里建：pull 要 `violations:read`、`windows:read`、`bulletins:read`；
find 要 `violations:write`。它演示四件事：令牌登录；用 since 按变更取数；带幂等键写入，断网重发
也只记一条；遇到 429 等待、遇到问题详情说清楚。
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

LISTS = ("findings", "people", "postings", "windows", "bulletins")
TRIES = 8
PAGE = 200


class Problem(Exception):
    """服务器说不行：`code` 给程序判断，`detail` 给人看，`errors` 是各字段的错误。"""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__(body.get("detail", ""))
        self.status: int = body.get("status", 0)
        self.code: str = body.get("code", "")
        self.errors: dict[str, list[str]] = body.get("errors", {})
        self.request_id: str = body.get("request_id", "")

    def __str__(self) -> str:
        fields = "；".join(f"{name}：{'、'.join(words)}" for name, words in self.errors.items())
        return f"{self.code}（{self.status}）{self.args[0]}{fields}"


class Client:
    """一个令牌的会话。"""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url.rstrip("/"), token

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """读。"""
        return self._send("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, body: dict[str, Any], *, key: str = "") -> dict[str, Any]:
        """写。同一个 key 的同一个请求只办一次：没有收到应答时可以放心重发。"""
        return self._send("POST", path, body, key or str(uuid.uuid4()))

    def _send(self, method: str, path: str, body: Any = None, key: str = "") -> dict[str, Any]:
        """发送；太频繁时按服务器说的秒数等，服务器或网络一时不通时过一会儿重发。"""
        for attempt in range(1, TRIES + 1):
            try:
                with urllib.request.urlopen(self._request(method, path, body, key), timeout=30) as answer:  # noqa: S310 - http(s) only, see main
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                problem = _problem_of(error)
                if error.code == 429:
                    wait = int(error.headers.get("Retry-After", "5"))
                elif error.code >= 500 or problem.code == "in_progress":
                    wait = 2**attempt
                else:
                    raise problem from error
            except urllib.error.URLError:
                problem, wait = Problem({"code": "offline", "detail": "连不上服务器。"}), 2**attempt
            if attempt == TRIES:
                raise problem
            say(f"{problem}，{wait} 秒后重试")
            time.sleep(wait)
        raise AssertionError("unreachable")

    def _request(self, method: str, path: str, body: Any, key: str) -> urllib.request.Request:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if key:
            headers["Idempotency-Key"] = key
        data = None if body is None else json.dumps(body).encode()
        return urllib.request.Request(f"{self.url}/api/v1/{path}", data, headers, method=method)  # noqa: S310 - as above


def pull(client: Client, copy: dict[str, Any]) -> dict[str, int]:
    """把变过的行收进副本；返回每个列表收到几行。

    行会重复给出，不会遗漏，所以按 id 覆盖。撤回的记录也会来，状态是 withdrawn。
    """
    received = {}
    for name in LISTS:
        kept = copy.setdefault(name, {"since": "", "rows": {}})
        received[name], has_more = 0, True
        while has_more:
            answer = client.get(f"{name}/", since=kept["since"], page_size=str(PAGE))
            kept["rows"].update({str(row["id"]): row for row in answer["results"]})
            kept["since"], has_more = answer["next_since"], answer["has_more"]
            received[name] += len(answer["results"])
    return received


def record_finding(client: Client, **finding: str) -> dict[str, Any]:
    """记一个问题。key 应当和这条记录一起存在自己的系统里，重发时用同一个。"""
    return client.post("findings/", finding, key=str(uuid.uuid4()))


def main(arguments: list[str]) -> int:
    """命令行。"""
    client = Client(os.environ["MINGCHUANG_URL"], os.environ["MINGCHUANG_TOKEN"])
    if not client.url.startswith(("http://", "https://")):
        raise SystemExit("MINGCHUANG_URL 要以 http:// 或 https:// 开头。")
    asked = _parser().parse_args(arguments)
    try:
        if asked.command == "pull":
            return _pull(client, Path(asked.copy))
        made = record_finding(client, act=asked.act, staff=asked.staff, day=asked.day, time=asked.time)
    except Problem as problem:
        say(str(problem))
        return 1
    print(f"记下 {made['number']}，{made['status_name']}")
    return 0


def _pull(client: Client, path: Path) -> int:
    copy = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    received = pull(client, copy)
    path.write_text(json.dumps(copy, ensure_ascii=False, indent=1), encoding="utf-8")
    for name, rows in received.items():
        print(f"{name}：收到 {rows} 行，副本共 {len(copy[name]['rows'])} 行")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="明窗接口的示例客户端")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("pull", help="取变过的行").add_argument("copy", help="副本文件")
    find = commands.add_parser("find", help="记一个问题")
    for name, words in (("act", "事项代码"), ("staff", "工号"), ("day", "发生日"), ("time", "时间")):
        find.add_argument(f"--{name}", required=True, help=words)
    return parser


def _problem_of(error: urllib.error.HTTPError) -> Problem:
    try:
        return Problem(json.load(error))
    except ValueError:
        return Problem({"status": error.code, "code": "unknown", "detail": error.reason})


def say(words: str) -> None:
    """给人看的话，不混进结果。"""
    print(words, file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
