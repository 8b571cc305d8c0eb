package deployment;

import dev.restate.sdk.Context;
import dev.restate.sdk.annotation.Handler;
import dev.restate.sdk.annotation.Service;
import dev.restate.sdk.common.TerminalException;
import java.time.Duration;

@Service
public class Chain {
  public record Result(String greeting, int count, int refusal) {}

  public record Nap(String name, int milliseconds) {}

  @Handler
  public Result run(Context context, String name) {
    String greeting = GreeterClient.fromContext(context).greet(name).await();
    int count = CounterClient.fromContext(context, name).add(1).await();
    context.sleep(Duration.ofMillis(200));
    CounterClient.fromContext(context, name).send().add(10);
    int refusal = 0;
    try {
      GreeterClient.fromContext(context).refuse(name).await();
    } catch (TerminalException refused) {
      refusal = refused.getCode();
    }
    return new Result(greeting, count, refusal);
  }

  @Handler
  public int nap(Context context, Nap request) {
    int count = context.run("lie down", Integer.class, () -> Executions.count(request.name()));
    try {
      context.sleep(Duration.ofMillis(request.milliseconds()));
    } catch (TerminalException cancelled) {
      // What follows is the compensation.
      CounterClient.fromContext(context, request.name()).send().add(100);
      throw cancelled;
    }
    return count;
  }
}
