namespace FhirOrchestrator.Remote;

/// <summary>
/// Reads a body up to a limit: what a server says of its length is not believed, what arrives is counted.
/// </summary>
internal static class CappedReader
{
    /// <summary>The body, decompressed by the handler below.</summary>
    /// <exception cref="ReplyTooLargeException">It goes on beyond the limit.</exception>
    public static async Task<byte[]> ReadAsync(HttpContent content, int bytesMax, CancellationToken ct)
    {
        await using var stream = await content.ReadAsStreamAsync(ct);
        using var kept = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int count;
        while ((count = await stream.ReadAsync(chunk, ct)) > 0)
        {
            if (kept.Length + count > bytesMax)
            {
                throw new ReplyTooLargeException(bytesMax);
            }

            kept.Write(chunk, 0, count);
        }

        return kept.ToArray();
    }
}

/// <summary>A reply larger than <see cref="RemoteLimits.ReplyBytesMax"/>.</summary>
internal sealed class ReplyTooLargeException(int bytesMax) : Exception($"expected at most {bytesMax} bytes, got more");
