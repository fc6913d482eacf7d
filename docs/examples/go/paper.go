package main

import (
	"fmt"
	"math"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"dtms/clients/go/dtmsv1"
)

// Return codes of MetaTrader 5.
const (
	codeDone           = 10009
	codeInvalid        = 10013
	codeNoChanges      = 10025
	codePositionClosed = 10036
)

// paperBroker holds one position, closes it and moves its stop. A real broker's adapter is in its place.
type paperBroker struct {
	mutex    sync.Mutex
	position *dtmsv1.BrokerPosition
	deals    []*dtmsv1.BrokerDeal
}

func newPaperBroker(trade *dtmsv1.TradeSpec) *paperBroker {
	position := &dtmsv1.BrokerPosition{
		Identifier: trade.Ticket,
		Ticket:     trade.Ticket,
		Symbol:     trade.Symbol,
		Direction:  trade.Direction,
		Volume:     trade.Volume,
		EntryPrice: trade.EntryPrice,
		StopLoss:   trade.StopLoss,
		OpenedAt:   timestamppb.Now(),
	}
	broker := &paperBroker{position: position}
	broker.deal(dtmsv1.DealEntry_DEAL_ENTRY_IN, trade.Direction, trade.Volume, "")
	return broker
}

// order makes one order of an action. One that was made before is found by its tag, told, and not made again.
func (b *paperBroker) order(action *dtmsv1.LeasedAction) *dtmsv1.ActionResult {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, deal := range b.deals {
		if deal.Comment == action.Tag {
			return told(deal)
		}
	}
	if b.position == nil || b.position.Identifier != action.Ticket || b.position.Direction != action.Direction {
		return refused(codePositionClosed, "it is not open")
	}
	if b.position.Symbol != action.Symbol {
		return refused(codeInvalid, "it is of "+b.position.Symbol)
	}
	switch action.Action.Type {
	case dtmsv1.ActionType_ACTION_TYPE_CLOSE_ALL:
		return b.close(b.position.Volume, action.Tag)
	case dtmsv1.ActionType_ACTION_TYPE_PARTIAL_CLOSE:
		return b.closePart(action)
	case dtmsv1.ActionType_ACTION_TYPE_TIGHTEN_SL,
		dtmsv1.ActionType_ACTION_TYPE_TRAIL_SL,
		dtmsv1.ActionType_ACTION_TYPE_MOVE_SL_BREAKEVEN:
		return b.moveStop(action.Action.GetStopLoss())
	}
	return refused(codeInvalid, fmt.Sprintf("this broker knows no %v", action.Action.Type))
}

// closePart leaves what the action is to leave, whoever closed meanwhile.
func (b *paperBroker) closePart(action *dtmsv1.LeasedAction) *dtmsv1.ActionResult {
	volume := min(action.Action.GetVolume(), b.position.Volume)
	if action.Leaves == nil {
		return b.close(volume, action.Tag)
	}
	if above := b.position.Volume - *action.Leaves; above < volume {
		volume = math.Floor(above/action.VolumeStep+1e-6) * action.VolumeStep
	}
	if volume <= 0 || volume < action.VolumeMin {
		return refused(codeNoChanges, "nothing is left to close")
	}
	return b.close(volume, action.Tag)
}

func (b *paperBroker) close(volume float64, tag string) *dtmsv1.ActionResult {
	if volume <= 0 {
		return refused(codeInvalid, "the action names no volume")
	}
	opposite := dtmsv1.Direction_DIRECTION_BUY
	if b.position.Direction == opposite {
		opposite = dtmsv1.Direction_DIRECTION_SELL
	}
	deal := b.deal(dtmsv1.DealEntry_DEAL_ENTRY_OUT, opposite, volume, tag)
	if b.position.Volume -= volume; b.position.Volume <= 0 {
		b.position = nil
	}
	return told(deal)
}

// moveStop never loosens a stop.
func (b *paperBroker) moveStop(stop float64) *dtmsv1.ActionResult {
	if stop <= 0 {
		return refused(codeInvalid, "the action names no stop")
	}
	now := b.position.StopLoss
	isBuy := b.position.Direction == dtmsv1.Direction_DIRECTION_BUY
	if now != nil && (*now == stop || *now > stop == isBuy) {
		return &dtmsv1.ActionResult{Code: codeNoChanges, Message: "the stop is as tight", StopLoss: now}
	}
	b.position.StopLoss = &stop
	return &dtmsv1.ActionResult{Code: codeDone, Message: "done", StopLoss: &stop}
}

// deal keeps a fill, which is always at the entry price.
func (b *paperBroker) deal(
	entry dtmsv1.DealEntry, direction dtmsv1.Direction, volume float64, tag string,
) *dtmsv1.BrokerDeal {
	deal := &dtmsv1.BrokerDeal{
		Deal:               b.position.Identifier*1000 + int64(len(b.deals)),
		PositionIdentifier: b.position.Identifier,
		Symbol:             b.position.Symbol,
		Entry:              entry,
		Direction:          direction,
		Volume:             volume,
		Price:              b.position.EntryPrice,
		Comment:            tag,
		Reason:             dtmsv1.DealReason_DEAL_REASON_CLIENT,
		Time:               timestamppb.Now(),
	}
	b.deals = append(b.deals, deal)
	return deal
}

// snapshot is all there is at the broker.
func (b *paperBroker) snapshot() *dtmsv1.ReconcilePositionsRequest {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	snapshot := &dtmsv1.ReconcilePositionsRequest{
		TakenAt:    timestamppb.Now(),
		Complete:   true,
		Deals:      b.deals[:len(b.deals):len(b.deals)],
		DealsSince: timestamppb.New(b.deals[0].Time.AsTime().Add(-time.Second)),
	}
	if b.position != nil {
		snapshot.Positions = []*dtmsv1.BrokerPosition{proto.Clone(b.position).(*dtmsv1.BrokerPosition)}
	}
	return snapshot
}

func told(deal *dtmsv1.BrokerDeal) *dtmsv1.ActionResult {
	return &dtmsv1.ActionResult{
		Code: codeDone, Message: "done", Price: &deal.Price, Volume: &deal.Volume, DealTicket: deal.Deal,
	}
}

func refused(code int32, why string) *dtmsv1.ActionResult {
	return &dtmsv1.ActionResult{Code: code, Message: why}
}
