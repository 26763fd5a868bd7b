module conformance/pebbe

go 1.21

require (
	conformance/peer v0.0.0
	github.com/pebbe/zmq4 v1.4.0
)

replace conformance/peer => ../peer
