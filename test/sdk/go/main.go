// The contract of ../README.md with the official Go SDK.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"sync"
	"time"

	restate "github.com/restatedev/sdk-go"
	"github.com/restatedev/sdk-go/server"
)

// How often the step of a name ran in this process.
var (
	executionsLock sync.Mutex
	executions     = map[string]int{}
)

func countExecution(name string) int {
	executionsLock.Lock()
	defer executionsLock.Unlock()
	executions[name]++
	return executions[name]
}

func greet(ctx restate.Context, name string) (string, error) {
	return restate.Run(ctx, func(restate.RunContext) (string, error) {
		return fmt.Sprintf("Hello %s!", name), nil
	}, restate.WithName("greet"))
}

func persist(ctx restate.Context, name string) (int, error) {
	return restate.Run(ctx, func(restate.RunContext) (int, error) {
		count := countExecution(name)
		if count < 3 {
			return 0, fmt.Errorf("attempt %d fails", count)
		}
		return count, nil
	}, restate.WithName("persist"))
}

func refuse(ctx restate.Context, name string) (string, error) {
	return "", restate.ToTerminalError(fmt.Errorf("refused %s", name), restate.WithErrorCode(422))
}

func add(ctx restate.ObjectContext, amount int) (int, error) {
	count, err := restate.Get[int](ctx, "count")
	if err != nil {
		return 0, err
	}
	count += amount
	restate.Set(ctx, "count", count)
	return count, nil
}

func get(ctx restate.ObjectSharedContext, _ restate.Void) (int, error) {
	return restate.Get[int](ctx, "count")
}

type chainResult struct {
	Greeting string `json:"greeting"`
	Count    int    `json:"count"`
	Refusal  int    `json:"refusal"`
}

func runChain(ctx restate.Context, name string) (chainResult, error) {
	greeting, err := restate.Service[string](ctx, "Greeter", "greet").Request(name)
	if err != nil {
		return chainResult{}, err
	}
	count, err := restate.Object[int](ctx, "Counter", name, "add").Request(1)
	if err != nil {
		return chainResult{}, err
	}
	if err := restate.Sleep(ctx, 200*time.Millisecond); err != nil {
		return chainResult{}, err
	}
	restate.ObjectSend(ctx, "Counter", name, "add").Send(10)
	result := chainResult{Greeting: greeting, Count: count}
	if _, err := restate.Service[string](ctx, "Greeter", "refuse").Request(name); err != nil {
		result.Refusal = int(err.Code())
	}
	return result, nil
}

type napRequest struct {
	Name         string `json:"name"`
	Milliseconds int    `json:"milliseconds"`
}

func nap(ctx restate.Context, request napRequest) (int, error) {
	count, err := restate.Run(ctx, func(restate.RunContext) (int, error) {
		return countExecution(request.Name), nil
	}, restate.WithName("lie down"))
	if err != nil {
		return 0, err
	}
	duration := time.Duration(request.Milliseconds) * time.Millisecond
	if err := restate.Sleep(ctx, duration); err != nil {
		// Cancelled: what follows is the compensation.
		restate.ObjectSend(ctx, "Counter", request.Name, "add").Send(100)
		return 0, err
	}
	return count, nil
}

func wait(ctx restate.ObjectContext, _ restate.Void) (string, error) {
	awakeable := restate.Awakeable[string](ctx)
	restate.Set(ctx, "awakeable", awakeable.Id())
	return awakeable.Result()
}

func awakeableId(ctx restate.ObjectSharedContext, _ restate.Void) (string, error) {
	return restate.Get[string](ctx, "awakeable")
}

func runSignup(ctx restate.WorkflowContext, email string) (string, error) {
	code, err := restate.Run(ctx, func(restate.RunContext) (string, error) {
		return "code-" + email, nil
	}, restate.WithName("send mail"))
	if err != nil {
		return "", err
	}
	given, err := restate.Promise[string](ctx, "confirmed").Result()
	if err != nil {
		return "", err
	}
	if given != code {
		return email + " gave a wrong code", nil
	}
	return email + " is confirmed", nil
}

func confirm(ctx restate.WorkflowSharedContext, code string) (restate.Void, error) {
	if err := restate.Promise[string](ctx, "confirmed").Resolve(code); err != nil {
		return restate.Void{}, err
	}
	return restate.Void{}, nil
}

func main() {
	endpoint := server.NewRestate().
		Bind(restate.NewService("Greeter").
			Handler("greet", restate.NewServiceHandler(greet)).
			Handler("persist", restate.NewServiceHandler(persist)).
			Handler("refuse", restate.NewServiceHandler(refuse))).
		Bind(restate.NewObject("Counter").
			Handler("add", restate.NewObjectHandler(add)).
			Handler("get", restate.NewObjectSharedHandler(get))).
		Bind(restate.NewService("Chain").
			Handler("run", restate.NewServiceHandler(runChain)).
			Handler("nap", restate.NewServiceHandler(nap))).
		Bind(restate.NewObject("Waiter").
			Handler("wait", restate.NewObjectHandler(wait)).
			Handler("id", restate.NewObjectSharedHandler(awakeableId))).
		Bind(restate.NewWorkflow("Signup").
			Handler("run", restate.NewWorkflowHandler(runSignup)).
			Handler("confirm", restate.NewWorkflowSharedHandler(confirm)))
	if key := os.Getenv("REQUEST_IDENTITY_KEY"); key != "" {
		endpoint = endpoint.WithIdentityV1(key)
	}
	address := "127.0.0.1:" + os.Getenv("PORT")
	if os.Getenv("PROTOCOL_MODE") == "request-response" {
		log.Fatal(serveHttp1(endpoint.Bidirectional(false), address))
	}
	log.Fatal(endpoint.Start(context.Background(), address))
}

// Start of the SDK speaks HTTP/2 only; its handler works with any server.
func serveHttp1(endpoint *server.Restate, address string) error {
	handler, err := endpoint.Handler()
	if err != nil {
		return err
	}
	return http.ListenAndServe(address, handler)
}
