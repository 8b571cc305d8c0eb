package deployment;

import dev.restate.sdk.ObjectContext;
import dev.restate.sdk.SharedObjectContext;
import dev.restate.sdk.annotation.Handler;
import dev.restate.sdk.annotation.Shared;
import dev.restate.sdk.annotation.VirtualObject;
import dev.restate.sdk.common.StateKey;

@VirtualObject
public class Counter {
  private static final StateKey<Integer> COUNT = StateKey.of("count", Integer.class);

  @Handler
  public int add(ObjectContext context, int amount) {
    int count = context.get(COUNT).orElse(0) + amount;
    context.set(COUNT, count);
    return count;
  }

  @Shared
  public int get(SharedObjectContext context) {
    return context.get(COUNT).orElse(0);
  }
}
