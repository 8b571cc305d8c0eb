//! The contract of ../README.md with the official Rust SDK.

use std::collections::HashMap;
use std::env;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use restate_sdk::context::RequestTarget;
use restate_sdk::endpoint::{HandleOptions, ProtocolMode};
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

/// How often the step of a name ran in this process.
static EXECUTIONS: LazyLock<Mutex<HashMap<String, u32>>> = LazyLock::new(Mutex::default);

fn count_execution(name: String) -> u32 {
    let mut executions = EXECUTIONS.lock().unwrap();
    let count = executions.entry(name).or_default();
    *count += 1;
    *count
}

struct Greeter;

#[service]
impl Greeter {
    #[handler]
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String> {
        Ok(ctx
            .run(|| async move { Ok(format!("Hello {name}!")) })
            .name("greet")
            .await?)
    }

    #[handler]
    async fn persist(&self, ctx: Context<'_>, name: String) -> HandlerResult<u32> {
        Ok(ctx
            .run(|| async move {
                let count = count_execution(name);
                if count < 3 {
                    return Err(format!("attempt {count} fails").into());
                }
                Ok(count)
            })
            .name("persist")
            .await?)
    }

    #[handler]
    async fn refuse(&self, _ctx: Context<'_>, name: String) -> HandlerResult<String> {
        Err(TerminalError::new_with_code(422, format!("refused {name}")).into())
    }
}

struct Counter;

#[object]
impl Counter {
    #[handler]
    async fn add(&self, ctx: ObjectContext<'_>, amount: i64) -> HandlerResult<i64> {
        let count = ctx.get::<i64>("count").await?.unwrap_or(0) + amount;
        ctx.set("count", count);
        Ok(count)
    }

    #[handler]
    async fn get(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<i64> {
        Ok(ctx.get::<i64>("count").await?.unwrap_or(0))
    }
}

#[derive(Serialize, Deserialize)]
struct ChainResult {
    greeting: String,
    count: i64,
    refusal: u16,
}

#[derive(Serialize, Deserialize)]
struct Nap {
    name: String,
    milliseconds: u64,
}

struct Chain;

#[service]
impl Chain {
    #[handler]
    async fn run(&self, ctx: Context<'_>, name: String) -> HandlerResult<Json<ChainResult>> {
        let greeting = ctx
            .request::<String, String>(RequestTarget::service("Greeter", "greet"), name.clone())
            .call()
            .await?;
        let add = RequestTarget::object("Counter", &name, "add");
        let count = ctx.request::<i64, i64>(add.clone(), 1).call().await?;
        ctx.sleep(Duration::from_millis(200)).await?;
        ctx.request::<i64, i64>(add, 10).send();
        let refused = ctx
            .request::<String, String>(RequestTarget::service("Greeter", "refuse"), name)
            .call()
            .await;
        let refusal = refused.err().map_or(0, |error| error.code());
        Ok(Json(ChainResult {
            greeting,
            count,
            refusal,
        }))
    }

    #[handler]
    async fn nap(&self, ctx: Context<'_>, request: Json<Nap>) -> HandlerResult<u32> {
        let Nap { name, milliseconds } = request.into_inner();
        let step_name = name.clone();
        let count = ctx
            .run(|| async move { Ok(count_execution(step_name)) })
            .name("lie down")
            .await?;
        if let Err(cancelled) = ctx.sleep(Duration::from_millis(milliseconds)).await {
            // What follows is the compensation.
            ctx.request::<i64, i64>(RequestTarget::object("Counter", name, "add"), 100)
                .send();
            return Err(cancelled.into());
        }
        Ok(count)
    }
}

struct Waiter;

#[object]
impl Waiter {
    #[handler]
    async fn wait(&self, ctx: ObjectContext<'_>) -> HandlerResult<String> {
        let (id, answer) = ctx.awakeable::<String>();
        ctx.set("awakeable", id);
        Ok(answer.await?)
    }

    #[handler]
    async fn id(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<String> {
        Ok(ctx.get::<String>("awakeable").await?.unwrap_or_default())
    }
}

struct Signup;

#[workflow]
impl Signup {
    #[handler]
    async fn run(&self, ctx: WorkflowContext<'_>, email: String) -> HandlerResult<String> {
        let address = email.clone();
        let code: String = ctx
            .run(|| async move { Ok(format!("code-{address}")) })
            .name("send mail")
            .await?;
        let given = ctx.promise::<String>("confirmed").await?;
        Ok(if given == code {
            format!("{email} is confirmed")
        } else {
            format!("{email} gave a wrong code")
        })
    }

    #[handler]
    async fn confirm(&self, ctx: SharedWorkflowContext<'_>, code: String) -> HandlerResult<()> {
        ctx.resolve_promise("confirmed", code);
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address: SocketAddr = format!("127.0.0.1:{}", env::var("PORT")?).parse()?;
    let mut builder = Endpoint::builder()
        .bind(Greeter)
        .bind(Counter)
        .bind(Chain)
        .bind(Waiter)
        .bind(Signup);
    if let Ok(key) = env::var("REQUEST_IDENTITY_KEY") {
        builder = builder.identity_key(&key)?;
    }
    let endpoint = builder.build();
    if env::var("PROTOCOL_MODE").as_deref() == Ok("request-response") {
        return serve_http1(endpoint, address).await;
    }
    HttpServer::new(endpoint).listen_and_serve(address).await;
    Ok(())
}

/// The server of the SDK speaks HTTP/2 only; its endpoint works with any server.
async fn serve_http1(endpoint: Endpoint, address: SocketAddr) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(address).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let endpoint = endpoint.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let options = HandleOptions {
                    protocol_mode: ProtocolMode::RequestResponse,
                };
                let response = endpoint.handle_with_options(request, options);
                async { Ok::<_, std::convert::Infallible>(response) }
            });
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                eprintln!("A connection ended: {error}");
            }
        });
    }
}
