package deployment;

import dev.restate.sdk.Awakeable;
import dev.restate.sdk.ObjectContext;
import dev.restate.sdk.SharedObjectContext;
import dev.restate.sdk.annotation.Handler;
import dev.restate.sdk.annotation.Name;
import dev.restate.sdk.annotation.Shared;
import dev.restate.sdk.annotation.VirtualObject;
import dev.restate.sdk.common.StateKey;

@VirtualObject
public class Waiter {
  private static final StateKey<String> AWAKEABLE = StateKey.of("awakeable", String.class);

  // Every Java object has a method `wait`, hence the name.
  @Handler
  @Name("wait")
  public String waitForAnswer(ObjectContext context) {
    Awakeable<String> answer = context.awakeable(String.class);
    context.set(AWAKEABLE, answer.id());
    return answer.await();
  }

  @Shared
  public String id(SharedObjectContext context) {
    return context.get(AWAKEABLE).orElse("");
  }
}
