using System.IO.Compression;
using Microsoft.Net.Http.Headers;

namespace FhirOrchestrator.Intake;

/// <summary>What reading a delivery's body came to.</summary>
internal enum BodyState
{
    Whole,

    /// <summary>More than the limit, on the wire or decompressed.</summary>
    TooLarge,

    /// <summary>A content coding that is not taken.</summary>
    UnknownCoding,

    /// <summary>The compressed bytes are broken: kept as they came.</summary>
    BrokenCoding,
}

/// <summary>A body as it is kept.</summary>
/// <param name="State">How reading went.</param>
/// <param name="Bytes">The body, decompressed; as it came where the compression is broken.</param>
internal sealed record HookBody(BodyState State, ReadOnlyMemory<byte> Bytes)
{
    private static readonly HookBody TooLarge = new(BodyState.TooLarge, default);

    /// <summary>
    /// Reads a request's body. Both what is on the wire and what it becomes are counted while they arrive, so that
    /// neither a long body nor a bomb takes more memory than twice the limit.
    /// </summary>
    public static async Task<HookBody> ReadAsync(HttpRequest request, int bytesMax, CancellationToken ct)
    {
        var coding = request.Headers[HeaderNames.ContentEncoding].ToString().Trim();
        if (coding.Length > 0 && !IsKnown(coding))
        {
            return new HookBody(BodyState.UnknownCoding, default);
        }

        if (request.ContentLength > bytesMax || await ReadAsync(request.Body, bytesMax, ct) is not { } wire)
        {
            return TooLarge;
        }

        if (coding.Length == 0 || coding.Equals("identity", StringComparison.OrdinalIgnoreCase) || wire.Length == 0)
        {
            return new HookBody(BodyState.Whole, wire);
        }

        try
        {
            using var packed = new MemoryStream(wire, writable: false);
            await using Stream plain = coding.Equals("br", StringComparison.OrdinalIgnoreCase)
                ? new BrotliStream(packed, CompressionMode.Decompress)
                : new GZipStream(packed, CompressionMode.Decompress);
            return await ReadAsync(plain, bytesMax, ct) is { } bytes ? new HookBody(BodyState.Whole, bytes) : TooLarge;
        }
        catch (Exception broken) when (broken is InvalidDataException or InvalidOperationException)
        {
            return new HookBody(BodyState.BrokenCoding, wire);
        }
    }

    private static bool IsKnown(string coding) => coding.Equals("gzip", StringComparison.OrdinalIgnoreCase)
        || coding.Equals("br", StringComparison.OrdinalIgnoreCase)
        || coding.Equals("identity", StringComparison.OrdinalIgnoreCase);

    private static async Task<byte[]?> ReadAsync(Stream stream, int bytesMax, CancellationToken ct)
    {
        using var kept = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int count;
        while ((count = await stream.ReadAsync(chunk, ct)) > 0)
        {
            if (kept.Length + count > bytesMax)
            {
                return null;
            }

            kept.Write(chunk, 0, count);
        }

        return kept.ToArray();
    }
}
