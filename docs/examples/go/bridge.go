package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc"

	"dtms/clients/go/dtmsv1"
)

const (
	beatEvery     = 5 * time.Second
	snapshotEvery = 30 * time.Second
)

// runBridge says how the account is and what is at the broker, and does what DTMS decides, until the context ends.
func runBridge(ctx context.Context, connection *grpc.ClientConn, account, name string, broker *paperBroker) error {
	b := &bridge{
		accounts: dtmsv1.NewAccountServiceClient(connection),
		account:  account,
		name:     name,
		broker:   broker,
		changed:  make(chan struct{}, 1),
	}
	terms := &dtmsv1.UpsertAccountRequest{
		Account: account, MarginMode: dtmsv1.MarginMode_MARGIN_MODE_HEDGING, RequestId: newUUID(),
	}
	err := resume(ctx, transient, func(func()) error {
		_, err := call(ctx, terms, b.accounts.UpsertAccount)
		return err
	})
	if err != nil {
		return err
	}
	go b.beat(ctx)
	go b.tell(ctx)
	return leases(ctx, dtmsv1.NewActionServiceClient(connection), account, name, b.do)
}

type bridge struct {
	accounts      dtmsv1.AccountServiceClient
	account, name string
	broker        *paperBroker
	// Says that something was done at the broker.
	changed chan struct{}
}

func (b *bridge) do(action *dtmsv1.LeasedAction) *dtmsv1.ActionResult {
	defer func() {
		select {
		case b.changed <- struct{}{}:
		default:
		}
	}()
	return b.broker.order(action)
}

// beat tells DTMS every few seconds that the bridge is there; one that is not heard of gets no work.
func (b *bridge) beat(ctx context.Context) {
	for ctx.Err() == nil {
		_, err := call(ctx, &dtmsv1.ReportAccountRequest{
			Account:         b.account,
			BridgeId:        b.name,
			Connected:       true,
			TradeAllowed:    true,
			Equity:          10_000,
			Balance:         10_000,
			Kind:            dtmsv1.AccountKind_ACCOUNT_KIND_PAPER,
			TellsOperations: true,
		}, b.accounts.ReportAccount)
		if err != nil {
			fmt.Fprintf(os.Stderr, "not heard of: %v\n", err)
		}
		_ = wait(ctx, beatEvery)
	}
}

// tell sends what is at the broker: every so often, and after something was done there.
func (b *bridge) tell(ctx context.Context) {
	for ctx.Err() == nil {
		if err := b.reconcile(ctx); err != nil {
			fmt.Fprintf(os.Stderr, "the snapshot was not taken: %v\n", err)
			_ = wait(ctx, firstDelay+retryDelay(err))
			continue
		}
		select {
		case <-ctx.Done():
		case <-b.changed:
		case <-time.After(snapshotEvery):
		}
	}
}

func (b *bridge) reconcile(ctx context.Context) error {
	snapshot := b.broker.snapshot()
	snapshot.Account, snapshot.BridgeId = b.account, b.name
	// It rises over restarts, too.
	snapshot.Sequence = time.Now().UnixMilli()
	_, err := call(ctx, snapshot, b.accounts.ReconcilePositions)
	return err
}
