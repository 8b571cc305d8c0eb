"""The contract of ../README.md with the official Python SDK."""

import asyncio
import os
from collections import Counter as Tally
from datetime import timedelta
from typing import TypedDict

import restate
from hypercorn.asyncio import serve
from hypercorn.config import Config
from restate import Context, ObjectContext, ObjectSharedContext, RunOptions
from restate import Service, TerminalError, VirtualObject, Workflow
from restate import WorkflowContext, WorkflowSharedContext

# How often the step of a name ran in this process.
executions: Tally[str] = Tally()


def count_execution(name: str) -> int:
    executions[name] += 1
    return executions[name]


greeter = Service("Greeter")


@greeter.handler()
async def greet(context: Context, name: str) -> str:
    return await context.run_typed("greet", lambda: f"Hello {name}!", RunOptions(type_hint=str))


@greeter.handler()
async def persist(context: Context, name: str) -> int:
    def third_time_lucky() -> int:
        count = count_execution(name)
        if count < 3:
            raise RuntimeError(f"attempt {count} fails")
        return count

    return await context.run_typed("persist", third_time_lucky, RunOptions(type_hint=int))


@greeter.handler()
async def refuse(context: Context, name: str) -> str:
    raise TerminalError(f"refused {name}", status_code=422)


counter = VirtualObject("Counter")


@counter.handler()
async def add(context: ObjectContext, amount: int) -> int:
    count = (await context.get("count", type_hint=int) or 0) + amount
    context.set("count", count)
    return count


@counter.handler(kind="shared")
async def get(context: ObjectSharedContext) -> int:
    return await context.get("count", type_hint=int) or 0


class ChainResult(TypedDict):
    greeting: str
    count: int
    refusal: int


class Nap(TypedDict):
    name: str
    milliseconds: int


chain = Service("Chain")


@chain.handler("run")
async def run_chain(context: Context, name: str) -> ChainResult:
    greeting = await context.service_call(greet, name)
    count = await context.object_call(add, name, 1)
    await context.sleep(timedelta(milliseconds=200))
    context.object_send(add, name, 10)
    refusal = 0
    try:
        await context.service_call(refuse, name)
    except TerminalError as error:
        refusal = error.status_code
    return {"greeting": greeting, "count": count, "refusal": refusal}


@chain.handler()
async def nap(context: Context, request: Nap) -> int:
    name = request["name"]
    count = await context.run_typed(
        "lie down", lambda: count_execution(name), RunOptions(type_hint=int)
    )
    try:
        await context.sleep(timedelta(milliseconds=request["milliseconds"]))
    except TerminalError:
        # Cancelled: what follows is the compensation.
        context.object_send(add, name, 100)
        raise
    return count


waiter = VirtualObject("Waiter")


@waiter.handler()
async def wait(context: ObjectContext) -> str:
    identifier, answer = context.awakeable(type_hint=str)
    context.set("awakeable", identifier)
    return await answer


@waiter.handler("id", kind="shared")
async def awakeable_id(context: ObjectSharedContext) -> str:
    return await context.get("awakeable", type_hint=str) or ""


signup = Workflow("Signup")


@signup.main("run")
async def run_signup(context: WorkflowContext, email: str) -> str:
    code = await context.run_typed("send mail", lambda: f"code-{email}", RunOptions(type_hint=str))
    given = await context.promise("confirmed", type_hint=str)
    return f"{email} is confirmed" if given == code else f"{email} gave a wrong code"


@signup.handler()
async def confirm(context: WorkflowSharedContext, code: str) -> None:
    await context.promise("confirmed", type_hint=str).resolve(code)


identity_key = os.environ.get("REQUEST_IDENTITY_KEY")
app = restate.app(
    services=[greeter, counter, chain, waiter, signup],
    identity_keys=[identity_key] if identity_key else None,
)

if __name__ == "__main__":
    config = Config()
    config.bind = [f"127.0.0.1:{os.environ['PORT']}"]
    asyncio.run(serve(app, config))
