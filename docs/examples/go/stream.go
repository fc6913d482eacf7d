package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	firstDelay   = 100 * time.Millisecond
	longestDelay = 2 * time.Second
	// The service is never silent for more than 5 s; a connection that is for this long is dead.
	silence = 8 * time.Second
)

// resume calls once again and again, each time after a break that passes, until the context ends. What once is given says
// that it heard something: the waits begin anew then.
func resume(ctx context.Context, passes func(error) bool, once func(heard func()) error) error {
	delay := firstDelay
	for {
		err := once(func() { delay = firstDelay })
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !passes(err) {
			return err
		}
		fmt.Fprintf(os.Stderr, "interrupted, resuming: %v\n", err)
		if err := wait(ctx, retryDelay(err)+rand.N(delay)); err != nil {
			return err
		}
		delay = min(2*delay, longestDelay)
	}
}

// follow passes on the messages of one connection until it breaks or falls silent. How long take takes is nobody's silence.
func follow[Message any](
	ctx context.Context,
	open func(context.Context) (grpc.ServerStreamingClient[Message], error),
	take func(*Message),
) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := open(ctx)
	if err != nil {
		return err
	}
	watchdog := time.AfterFunc(silence, cancel)
	defer watchdog.Stop()
	for {
		watchdog.Reset(silence)
		message, err := stream.Recv()
		watchdog.Stop()
		if err == io.EOF || (err != nil && ctx.Err() != nil) {
			return status.Error(codes.Unavailable, "the stream ended")
		}
		if err != nil {
			return err
		}
		take(message)
	}
}

// wait waits, or returns the context's error when that ends first.
func wait(ctx context.Context, delay time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(delay):
		return nil
	}
}
