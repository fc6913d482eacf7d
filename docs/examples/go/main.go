// Registers a trade and prints every change of its account, beginning with the trades as they are. With -bridge it is the
// account's bridge instead: it does at a paper broker what DTMS decides for that trade.
//
// Repeating it is harmless: the same trade is already registered then. Ctrl-C ends it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"dtms/clients/go/dtmsv1"
)

func main() {
	server := flag.String("server", "127.0.0.1:50051", "host:port; of several servers all of them, or dns:///name:port")
	account := flag.String("account", "demo", "the trade's account")
	ticket := flag.Int64("ticket", 45, "the trade's ticket")
	name := flag.String("bridge", "", "be the account's bridge, by this name")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *server, *account, *name, *ticket); err != nil && !errors.Is(ctx.Err(), context.Canceled) {
		explain(err)
		os.Exit(1)
	}
}

func run(ctx context.Context, server, account, name string, ticket int64) error {
	target, options := servers(server)
	// Plain text is for one machine: elsewhere, credentials.NewTLS, so that the key is not read on the way.
	connection, err := grpc.NewClient(target, append(options,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithPerRPCCredentials(apiKey(os.Getenv("DTMS_API_KEY"))),
	)...)
	if err != nil {
		return err
	}
	defer connection.Close()
	trades := dtmsv1.NewTradeServiceClient(connection)
	if err := register(ctx, trades, account, ticket); err != nil {
		return err
	}
	if name != "" {
		return runBridge(ctx, connection, account, name, newPaperBroker(example(account, ticket)))
	}
	return watch(ctx, trades, account)
}

func register(ctx context.Context, trades dtmsv1.TradeServiceClient, account string, ticket int64) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	answer, err := trades.RegisterTrade(ctx, &dtmsv1.RegisterTradeRequest{Trade: example(account, ticket)})
	if err != nil {
		return err
	}
	outcome := "registered"
	if answer.AlreadyRegistered {
		outcome = "already registered"
	}
	fmt.Printf("%s: %d at revision %d\n", outcome, ticket, answer.Revision)
	return nil
}

// example is the trade of these examples.
func example(account string, ticket int64) *dtmsv1.TradeSpec {
	stop := 2660.0
	return &dtmsv1.TradeSpec{
		Account:    account,
		Ticket:     ticket,
		Symbol:     "XAUUSDc",
		Direction:  dtmsv1.Direction_DIRECTION_SELL,
		EntryPrice: 2650.4,
		Volume:     0.5,
		StopLoss:   &stop,
	}
}

// apiKey sends the key with every call; an empty one is not sent.
type apiKey string

func (key apiKey) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	if key == "" {
		return nil, nil
	}
	return map[string]string{"authorization": "Bearer " + string(key)}, nil
}

func (apiKey) RequireTransportSecurity() bool { return false }
