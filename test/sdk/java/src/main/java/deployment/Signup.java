package deployment;

import dev.restate.sdk.SharedWorkflowContext;
import dev.restate.sdk.WorkflowContext;
import dev.restate.sdk.annotation.Shared;
import dev.restate.sdk.annotation.Workflow;
import dev.restate.sdk.common.DurablePromiseKey;

@Workflow
public class Signup {
  private static final DurablePromiseKey<String> CONFIRMED =
      DurablePromiseKey.of("confirmed", String.class);

  @Workflow
  public String run(WorkflowContext context, String email) {
    String code = context.run("send mail", String.class, () -> "code-" + email);
    String given = context.promise(CONFIRMED).future().await();
    return given.equals(code) ? email + " is confirmed" : email + " gave a wrong code";
  }

  @Shared
  public void confirm(SharedWorkflowContext context, String code) {
    context.promiseHandle(CONFIRMED).resolve(code);
  }
}
