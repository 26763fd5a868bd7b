import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.zeromq.SocketType;
import org.zeromq.ZMQ;

/**
 * A socket that any thread may use, several tasks at a time. Sends are carried out in the order of the calls, and so
 * are receives, but neither waits for the other. JeroMQ has two kinds of socket, and each has its way to this.
 */
interface PeerSocket {
    /** The draft types, which are free of libzmq's rule of one thread a socket. */
    Set<SocketType> THREAD_SAFE = Set.of(
            SocketType.CLIENT,
            SocketType.SERVER,
            SocketType.SCATTER,
            SocketType.GATHER,
            SocketType.RADIO,
            SocketType.DISH,
            SocketType.CHANNEL);

    CompletableFuture<Void> send(List<byte[]> parts);

    CompletableFuture<List<byte[]>> receive();

    /** Everything else that is done with a socket, and does not wait. */
    <T> CompletableFuture<T> call(Function<ZMQ.Socket, T> job);

    /** Closes the socket and fails what waits. */
    CompletableFuture<Void> close();

    static PeerSocket open(ZMQ.Context context, SocketType type, Consumer<ZMQ.Socket> configure) {
        ZMQ.Socket socket = context.socket(type);
        try {
            configure.accept(socket);
            return THREAD_SAFE.contains(type) ? new SharedSocket(socket) : new OwnedSocket(socket);
        } catch (RuntimeException error) {
            socket.close();
            throw error;
        }
    }
}
