package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc"

	"dtms/clients/go/dtmsv1"
)

const (
	leaseTime = 30 * time.Second
	// All attempts to begin end well within a lease.
	beginFor = 10 * time.Second
	callTime = 5 * time.Second
	// How long a report is tried: what it says of the broker, the next snapshot says, too.
	reportFor = 60 * time.Second
)

// leases does what DTMS decides for an account, one action after the other, until the context ends. It outlives connections and
// servers: the next server tells again what was leased and not begun, and it is begun under the lease it has by then.
func leases(
	ctx context.Context,
	actions dtmsv1.ActionServiceClient,
	account, bridge string,
	do func(*dtmsv1.LeasedAction) *dtmsv1.ActionResult,
) error {
	request := &dtmsv1.LeaseActionsRequest{
		Account:      account,
		BridgeId:     bridge,
		MaxLeases:    1,
		LeaseSeconds: int32(leaseTime / time.Second),
	}
	open := func(ctx context.Context) (grpc.ServerStreamingClient[dtmsv1.LeaseActionsResponse], error) {
		return actions.LeaseActions(ctx, request)
	}
	// A bridge that a new server has not heard of yet is not ready there until its next heartbeat.
	passes := func(err error) bool {
		return transient(err) || reason(err) == dtmsv1.ErrorReason_ERROR_REASON_BRIDGE_NOT_READY
	}
	return resume(ctx, passes, func(heard func()) error {
		return follow(ctx, open, func(message *dtmsv1.LeaseActionsResponse) {
			heard()
			for _, action := range message.Actions {
				if ctx.Err() == nil {
					(&lease{actions, action}).carryOut(ctx, do)
				}
			}
		})
	})
}

// lease is one action under lease: one order.
type lease struct {
	actions dtmsv1.ActionServiceClient
	leased  *dtmsv1.LeasedAction
}

func (l *lease) id() string   { return l.leased.Action.ActionId }
func (l *lease) token() int64 { return l.leased.Action.Lease.Token }

// carryOut begins it, does it, and reports until the report is answered: what was begun is told even when the context ends.
func (l *lease) carryOut(ctx context.Context, do func(*dtmsv1.LeasedAction) *dtmsv1.ActionResult) {
	ctx = context.WithoutCancel(ctx)
	extending, done := context.WithCancel(ctx)
	defer done()
	go l.extend(extending)
	var result *dtmsv1.ActionResult
	switch err := l.begin(ctx); {
	case err == nil:
		result = do(l.leased)
	case lost(err):
		fmt.Printf("%s is lost: the broker is left alone\n", l.id())
		return
	default:
		// Perhaps it was begun. That nothing was sent takes the doubt away.
		result = &dtmsv1.ActionResult{
			Outcome: dtmsv1.ActionOutcome_ACTION_OUTCOME_RETRYABLE,
			Message: "BeginAction was not answered: nothing was sent",
		}
	}
	if err := l.report(ctx, result); err != nil {
		fmt.Fprintf(os.Stderr, "%s: the report was not taken: %v\n", l.id(), err)
		return
	}
	fmt.Printf("%s is reported: %v\n", l.id(), l.leased.Action.Type)
}

var errUnanswered = errors.New("BeginAction was not answered")

// begin says that the broker is about to be touched. Any error means: leave the broker alone.
func (l *lease) begin(ctx context.Context) error {
	// Named, so that a repeat is answered as the same call.
	request := &dtmsv1.BeginActionRequest{ActionId: l.id(), Token: l.token(), RequestId: newUUID()}
	ctx, cancel := context.WithTimeout(ctx, beginFor)
	defer cancel()
	isUnanswered := false
	passes := func(err error) bool { return err != errUnanswered && transient(err) }
	return resume(ctx, passes, func(func()) error {
		_, err := call(ctx, request, l.actions.BeginAction)
		if isUnanswered && lost(err) {
			// The answer that got lost may have begun it: a refusal now does not say that nothing was.
			return errUnanswered
		}
		isUnanswered = isUnanswered || transient(err)
		return err
	})
}

// report tells what the broker answered. Repeating it is harmless. A lease that was lost meanwhile is no error: what was
// reported is kept as evidence.
func (l *lease) report(ctx context.Context, result *dtmsv1.ActionResult) error {
	request := &dtmsv1.ReportActionRequest{ActionId: l.id(), Token: l.token(), Result: result}
	ctx, cancel := context.WithTimeout(ctx, reportFor)
	defer cancel()
	return resume(ctx, transient, func(func()) error {
		_, err := call(ctx, request, l.actions.ReportAction)
		if lost(err) {
			return nil
		}
		return err
	})
}

// extend lengthens it three times in the time of a lease, until the context ends. An attempt that fails is made again: one that
// ended meanwhile is told by the step that finds it lost.
func (l *lease) extend(ctx context.Context) {
	request := &dtmsv1.ExtendLeaseRequest{ActionId: l.id(), Token: l.token(), LeaseSeconds: int32(leaseTime / time.Second)}
	for wait(ctx, leaseTime/3) == nil {
		_, _ = call(ctx, request, l.actions.ExtendLease)
	}
}

// lost says that an action is the bridge's no more.
func lost(err error) bool {
	switch reason(err) {
	case dtmsv1.ErrorReason_ERROR_REASON_LEASE_LOST,
		dtmsv1.ErrorReason_ERROR_REASON_TRADING_STATE,
		dtmsv1.ErrorReason_ERROR_REASON_ACTION_OVERTAKEN,
		dtmsv1.ErrorReason_ERROR_REASON_ACTION_HELD:
		return true
	}
	return false
}

// call makes one attempt with a deadline of its own.
func call[Request, Response any](
	ctx context.Context,
	request *Request,
	method func(context.Context, *Request, ...grpc.CallOption) (*Response, error),
) (*Response, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	return method(ctx, request)
}

// newUUID is a random one (version 4).
func newUUID() string {
	var bytes [16]byte
	_, _ = rand.Read(bytes[:])
	bytes[6] = bytes[6]&0x0f | 0x40
	bytes[8] = bytes[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", bytes[:4], bytes[4:6], bytes[6:8], bytes[8:10], bytes[10:])
}
