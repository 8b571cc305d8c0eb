package deployment;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How often the step of a name ran in this process. */
final class Executions {
  private static final Map<String, Integer> COUNTS = new ConcurrentHashMap<>();

  private Executions() {}

  static int count(String name) {
    return COUNTS.merge(name, 1, Integer::sum);
  }
}
