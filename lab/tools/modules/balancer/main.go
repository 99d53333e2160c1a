// Command balancer LISTEN BACKEND... stands before the API servers of a control plane as a load balancer does: each
// connection goes to the next backend, and past those that refuse it or do not answer within a second. A connection to
// a machine that has lost its power ends within a few seconds.
package main

import (
	"io"
	"log"
	"net"
	"os"
	"syscall"
	"time"
)

const patience = time.Second

// Of Linux: how many milliseconds sent data may stay without an answer. Package syscall has no name for it.
const tcpUserTimeout = 18

var dialer = net.Dialer{
	Timeout:         patience,
	KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: patience, Interval: patience, Count: 3},
	Control: func(_, _ string, connection syscall.RawConn) error {
		return connection.Control(func(socket uintptr) {
			_ = syscall.SetsockoptInt(int(socket), syscall.IPPROTO_TCP, tcpUserTimeout, 4000)
		})
	},
}

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: balancer LISTEN BACKEND...")
	}
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	backends := os.Args[2:]
	for first := 0; ; first = (first + 1) % len(backends) {
		client, err := listener.Accept()
		if err != nil {
			log.Print(err)
			time.Sleep(patience / 10)
			continue
		}
		go serve(client, append(append([]string{}, backends[first:]...), backends[:first]...))
	}
}

func serve(client net.Conn, backends []string) {
	defer client.Close()
	for _, backend := range backends {
		if server, err := dialer.Dial("tcp", backend); err == nil {
			go transfer(server, client)
			transfer(client, server)
			return
		}
	}
}

// transfer ends both connections with either.
func transfer(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
	_ = from.Close()
}
