package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"dtms/clients/go/dtmsv1"
)

const (
	firstDelay   = 100 * time.Millisecond
	longestDelay = 2 * time.Second
	// The service is never silent for more than 5 s; a connection that is for this long is dead.
	silence = 8 * time.Second
)

// watch prints what happens until the context ends. A watch that breaks is resumed after the last place it was
// told of, so that nothing is lost; what is told again is left out.
func watch(ctx context.Context, trades dtmsv1.TradeServiceClient, account string) error {
	filter := &dtmsv1.TradeFilter{Account: account}
	var place *dtmsv1.ResumeToken
	delay := firstDelay
	for {
		request := &dtmsv1.WatchTradesRequest{Filter: filter, ResumeAfter: place, SendInitialState: place == nil}
		err := follow(ctx, trades, request, func(message *dtmsv1.WatchTradesResponse) {
			delay = firstDelay
			place = show(message, place)
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !transient(err) {
			return err
		}
		fmt.Fprintf(os.Stderr, "interrupted, resuming: %v\n", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(retryDelay(err) + rand.N(delay)):
		}
		delay = min(2*delay, longestDelay)
	}
}

// follow passes on the messages of one connection until it breaks or falls silent.
func follow(
	ctx context.Context,
	trades dtmsv1.TradeServiceClient,
	request *dtmsv1.WatchTradesRequest,
	take func(*dtmsv1.WatchTradesResponse),
) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := trades.WatchTrades(ctx, request)
	if err != nil {
		return err
	}
	watchdog := time.AfterFunc(silence, cancel)
	defer watchdog.Stop()
	for {
		message, err := stream.Recv()
		if err == io.EOF || (err != nil && ctx.Err() != nil) {
			return status.Error(codes.Unavailable, "the stream ended")
		}
		if err != nil {
			return err
		}
		watchdog.Reset(silence)
		take(message)
	}
}

// show prints what is new of a message and returns the place in the log that is reached.
func show(message *dtmsv1.WatchTradesResponse, place *dtmsv1.ResumeToken) *dtmsv1.ResumeToken {
	switch message := message.Message.(type) {
	case *dtmsv1.WatchTradesResponse_SnapshotItem:
		trade := message.SnapshotItem.Trade
		fmt.Printf("%d is %v\n", trade.Ticket, trade.State)
	case *dtmsv1.WatchTradesResponse_SnapshotEnd:
		end := message.SnapshotEnd
		fmt.Printf("these were all at revision %d\n", end.Revision)
		return &dtmsv1.ResumeToken{LogEpoch: end.LogEpoch, Revision: end.Revision}
	case *dtmsv1.WatchTradesResponse_Events:
		for _, event := range message.Events.Events {
			if event.Revision > place.GetRevision() {
				fmt.Printf("%d: %d %s, %v\n", event.Revision, event.Ticket, changeName(event), event.State)
			}
		}
		last := message.Events.Events[len(message.Events.Events)-1]
		return &dtmsv1.ResumeToken{LogEpoch: last.LogEpoch, Revision: max(last.Revision, place.GetRevision())}
	case *dtmsv1.WatchTradesResponse_Bookmark:
		if place != nil {
			mark := message.Bookmark
			return &dtmsv1.ResumeToken{LogEpoch: mark.LogEpoch, Revision: max(mark.Revision, place.Revision)}
		}
	}
	return place
}

// changeName is the name of the event's change in the proto, such as state_changed.
func changeName(event *dtmsv1.TradeEvent) string {
	message := event.ProtoReflect()
	field := message.WhichOneof(message.Descriptor().Oneofs().ByName("change"))
	if field == nil {
		return "changed"
	}
	return string(field.Name())
}
