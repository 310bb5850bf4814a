"""Pages that follow a job, as one light process: `python benchmarks/page_followers.py PORT TOKEN HOW_MANY`.

Each asks every second on a connection of its own, and names what it has already, as browsers do. Told to end, it prints how
many answers there were.
"""

import asyncio
import signal
import sys


async def follow(port: int, token: str, place: float, answers: list[int]) -> None:
    """One page."""
    await asyncio.sleep(place)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    tag = ""
    while True:
        writer.write(
            f"GET /api/jobs?unsettled=true HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
            f"If-None-Match: {tag}\r\n\r\n".encode()
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        await reader.readexactly(int(fields.get("content-length", 0)))
        tag = fields.get("etag", "")
        answers.append(int(head.split()[1]))
        await asyncio.sleep(1)


async def main() -> None:
    port, token, many = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    answers: list[int] = []
    tasks = [asyncio.create_task(follow(port, token, place / many, answers)) for place in range(many)]
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    for task in tasks:
        task.cancel()
    assert set(answers) <= {200, 304}
    print(len(answers))


asyncio.run(main())
