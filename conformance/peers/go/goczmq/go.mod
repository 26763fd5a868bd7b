module conformance/goczmq

go 1.21

require (
	conformance/peer v0.0.0
	github.com/go-zeromq/goczmq/v4 v4.2.2
)

replace conformance/peer => ../peer
