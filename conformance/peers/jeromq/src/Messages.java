import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * A stream of messages made from a seed, the same in every language; conformance/peers/README.md has the algorithm.
 *
 * @param seed an unsigned 32-bit integer
 * @param largeEvery every so many messages one has a first part of 1 to 5 MiB; 0 for none
 * @param topics when given, each message has the next of them as an extra first part
 * @param single the parts after the topic are joined into one
 */
record Messages(long seed, int largeEvery, List<String> topics, boolean single) {
    private static final int[] BORDERS = {254, 255, 256, 257, 65534, 65535, 65536, 65537};
    private static final int MEBIBYTE = 1_048_576;

    /** The topic of message {@code index}; null without topics. */
    String topicOf(int index) {
        return topics == null || topics.isEmpty() ? null : topics.get(index % topics.size());
    }

    List<byte[]> message(int index) {
        Random random = new Random((int) seed, index);
        int count = 1 + random.below(4);
        boolean large = largeEvery > 0 && (index + 1) % largeEvery == 0;
        List<byte[]> body = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int length = large && i == 0 ? MEBIBYTE + random.below(4 * MEBIBYTE) : length(random);
            body.add(random.bytes(length));
        }
        List<byte[]> parts = new ArrayList<>();
        String topic = topicOf(index);
        if (topic != null) {
            parts.add(topic.getBytes(StandardCharsets.UTF_8));
        }
        parts.addAll(single ? List.of(join(body)) : body);
        return parts;
    }

    /** SHA-256 over each message: number of parts, then each part's length and bytes. */
    String digest(int from, int count) {
        MessageDigest hash = sha256();
        for (int index = from; index < from + count; index++) {
            List<byte[]> parts = message(index);
            hash.update(word(parts.size()));
            for (byte[] part : parts) {
                hash.update(word(part.length));
                hash.update(part);
            }
        }
        return HexFormat.of().formatHex(hash.digest());
    }

    /** What is wrong with a received message; null when it is the expected one. */
    static String difference(List<byte[]> received, List<byte[]> expected) {
        if (received.size() != expected.size()) {
            return "has %d parts, not %d".formatted(received.size(), expected.size());
        }
        for (int i = 0; i < expected.size(); i++) {
            int was = received.get(i).length;
            int should = expected.get(i).length;
            if (was != should) {
                return "part %d has %d bytes, not %d".formatted(i, was, should);
            }
            if (!Arrays.equals(received.get(i), expected.get(i))) {
                return "part %d (%d bytes) has other bytes".formatted(i, should);
            }
        }
        return null;
    }

    static byte[] join(List<byte[]> parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        parts.forEach(bytes::writeBytes);
        return bytes.toByteArray();
    }

    private static int length(Random random) {
        int dice = random.below(100);
        if (dice < 10) {
            return 0;
        } else if (dice < 80) {
            return random.below(64);
        } else if (dice < 95) {
            return random.below(1024);
        }
        return BORDERS[dice < 99 ? random.below(4) : 4 + random.below(4)];
    }

    private static byte[] word(int value) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(value).array();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            // Every Java has to have it.
            throw new AssertionError(impossible);
        }
    }

    /** Marsaglia's xorshift32, started from MurmurHash3's finaliser. Java's int wraps as unsigned ones do. */
    private static final class Random {
        private int state;

        Random(int seed, int index) {
            int h = seed + (index + 1) * 0x9E3779B9;
            h = (h ^ h >>> 16) * 0x85EBCA6B;
            h = (h ^ h >>> 13) * 0xC2B2AE35;
            h ^= h >>> 16;
            state = h == 0 ? 1 : h;
        }

        int below(int limit) {
            return Integer.remainderUnsigned(next(), limit);
        }

        byte[] bytes(int length) {
            ByteBuffer words = ByteBuffer.allocate(length + 3 & ~3).order(ByteOrder.LITTLE_ENDIAN);
            while (words.hasRemaining()) {
                words.putInt(next());
            }
            return Arrays.copyOf(words.array(), length);
        }

        private int next() {
            state ^= state << 13;
            state ^= state >>> 17;
            state ^= state << 5;
            return state;
        }
    }
}
