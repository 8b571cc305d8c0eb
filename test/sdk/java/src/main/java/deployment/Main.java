package deployment;

import dev.restate.sdk.auth.signing.RestateRequestIdentityVerifier;
import dev.restate.sdk.endpoint.Endpoint;
import dev.restate.sdk.http.vertx.HttpEndpointRequestHandler;
import dev.restate.sdk.http.vertx.RestateHttpServer;

/** The contract of ../README.md with the official Java SDK. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    Endpoint.Builder endpoint =
        Endpoint.bind(new Greeter())
            .bind(new Counter())
            .bind(new Chain())
            .bind(new Waiter())
            .bind(new Signup());
    String key = System.getenv("REQUEST_IDENTITY_KEY");
    if (key != null) {
      endpoint.withRequestIdentityVerifier(RestateRequestIdentityVerifier.fromKeys(key));
    }
    boolean oneWayAtATime = "request-response".equals(System.getenv("PROTOCOL_MODE"));
    int port = Integer.parseInt(System.getenv("PORT"));
    RestateHttpServer.listen(
        HttpEndpointRequestHandler.fromEndpoint(endpoint.build(), oneWayAtATime), port);
  }
}
