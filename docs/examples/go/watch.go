package main

import (
	"context"
	"fmt"

	"google.golang.org/grpc"

	"dtms/clients/go/dtmsv1"
)

// watch prints what happens until the context ends. A watch that breaks is resumed after the last place it was
// told of, so that nothing is lost; what is told again is left out.
func watch(ctx context.Context, trades dtmsv1.TradeServiceClient, account string) error {
	filter := &dtmsv1.TradeFilter{Account: account}
	var place *dtmsv1.ResumeToken
	open := func(ctx context.Context) (grpc.ServerStreamingClient[dtmsv1.WatchTradesResponse], error) {
		return trades.WatchTrades(ctx, &dtmsv1.WatchTradesRequest{
			Filter: filter, ResumeAfter: place, SendInitialState: place == nil,
		})
	}
	return resume(ctx, transient, func(heard func()) error {
		return follow(ctx, open, func(message *dtmsv1.WatchTradesResponse) {
			heard()
			place = show(message, place)
		})
	})
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
