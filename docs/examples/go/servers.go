package main

import (
	"strings"
	"time"

	"google.golang.org/grpc"
	// Lets grpc ask servers whether they serve.
	_ "google.golang.org/grpc/health"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"
)

// Calls take turns among the servers that say by their health that they serve.
const turns = `{"loadBalancingConfig": [{"round_robin": {}}], "healthCheckConfig": {"serviceName": ""}}`

// servers says how grpc reaches one server, all of a list, or all behind a name such as dns:///dtms:50051.
func servers(address string) (string, []grpc.DialOption) {
	several := []grpc.DialOption{
		grpc.WithDefaultServiceConfig(turns),
		// Servers that stand still are noticed: 10 s is the least that grpc-go allows.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, Timeout: 3 * time.Second}),
	}
	if strings.HasPrefix(address, "dns:") {
		return address, several
	}
	if !strings.Contains(address, ",") {
		return address, nil
	}
	var addresses []resolver.Address
	for _, server := range strings.Split(address, ",") {
		addresses = append(addresses, resolver.Address{Addr: strings.TrimSpace(server)})
	}
	list := manual.NewBuilderWithScheme("servers")
	list.InitialState(resolver.State{Addresses: addresses})
	return "servers:///dtms", append(several, grpc.WithResolvers(list))
}
