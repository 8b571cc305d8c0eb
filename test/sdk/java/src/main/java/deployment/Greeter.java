package deployment;

import dev.restate.sdk.Context;
import dev.restate.sdk.annotation.Handler;
import dev.restate.sdk.annotation.Service;
import dev.restate.sdk.common.TerminalException;

@Service
public class Greeter {
  @Handler
  public String greet(Context context, String name) {
    return context.run("greet", String.class, () -> "Hello " + name + "!");
  }

  @Handler
  public int persist(Context context, String name) {
    return context.run(
        "persist",
        Integer.class,
        () -> {
          int count = Executions.count(name);
          if (count < 3) {
            throw new IllegalStateException("attempt " + count + " fails");
          }
          return count;
        });
  }

  @Handler
  public String refuse(Context context, String name) {
    throw new TerminalException(422, "refused " + name);
  }
}
