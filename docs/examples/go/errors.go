package main

import (
	"fmt"
	"os"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"dtms/clients/go/dtmsv1"
)

// detail is the status's detail of a kind, or nil.
func detail[T any](err error) T {
	for _, one := range status.Convert(err).Details() {
		if found, ok := one.(T); ok {
			return found
		}
	}
	var none T
	return none
}

// retryDelay is how long the service asks to wait; 0 when it does not.
func retryDelay(err error) time.Duration {
	return detail[*errdetails.RetryInfo](err).GetRetryDelay().AsDuration()
}

// transient says whether the same call may succeed a moment later; its outcome may be unknown.
func transient(err error) bool {
	if detail[*errdetails.RetryInfo](err) != nil {
		return true
	}
	switch status.Code(err) {
	case codes.Unavailable, codes.DeadlineExceeded:
		return true
	case codes.Internal, codes.Unknown:
		// A connection that breaks in the middle of a call; the service itself always gives a reason.
		return detail[*errdetails.ErrorInfo](err) == nil
	}
	return false
}

// reason is why the service refused a call; UNSPECIFIED where the service said nothing.
func reason(err error) dtmsv1.ErrorReason {
	info := detail[*errdetails.ErrorInfo](err)
	if info.GetDomain() != "dtms" {
		return dtmsv1.ErrorReason_ERROR_REASON_UNSPECIFIED
	}
	return dtmsv1.ErrorReason(dtmsv1.ErrorReason_value["ERROR_REASON_"+info.Reason])
}

// explain prints all the service said of a failed call.
func explain(err error) {
	reason := status.Code(err).String()
	if info := detail[*errdetails.ErrorInfo](err); info.GetDomain() == "dtms" {
		reason = info.Reason
	}
	fmt.Fprintf(os.Stderr, "%s: %s\n", reason, status.Convert(err).Message())
	for _, violation := range detail[*errdetails.BadRequest](err).GetFieldViolations() {
		fmt.Fprintf(os.Stderr, "  %s: %s\n", violation.Field, violation.Description)
	}
	if request := detail[*errdetails.RequestInfo](err); request != nil {
		fmt.Fprintf(os.Stderr, "  correlation id %s\n", request.RequestId)
	}
}
