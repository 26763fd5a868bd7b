import org.zeromq.ZMQ;
import org.zeromq.ZMQException;

/** JeroMQ says no to some calls with false or null, and leaves the reason in the socket's errno. */
final class Failure {
    private Failure() {}

    static void unless(boolean done, ZMQ.Socket socket) {
        if (!done) {
            throw new ZMQException(socket.errno());
        }
    }
}
