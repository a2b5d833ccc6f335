namespace FhirOrchestrator.Fhir.Json;

/// <summary>
/// Keeps the texts of a reading as the bytes that they came in, many in one block: most are never asked for as a
/// string. A block is small, so that a text that is kept for long does not keep its whole document.
/// </summary>
internal struct TextBlock
{
    private const int BlockBytesMax = 16 * 1024;

    private int _left;
    private byte[] _block;
    private int _used;

    /// <summary>Nothing is allocated before the first text.</summary>
    /// <param name="inputBytes">The length of the document: no block is longer.</param>
    public TextBlock(int inputBytes)
    {
        _left = inputBytes;
        _block = [];
    }

    /// <summary>The text as a node.</summary>
    public TextNode Keep(ReadOnlySpan<byte> raw, bool isEscaped)
    {
        if (raw.Length > _block.Length - _used)
        {
            // Names, signs and space are about half of FHIR's JSON.
            var size = Math.Max(raw.Length, Math.Min(BlockBytesMax, _left / 2));
            _block = GC.AllocateUninitializedArray<byte>(size);
            _used = 0;
        }

        var start = _used;
        raw.CopyTo(_block.AsSpan(start));
        _used += raw.Length;
        _left -= raw.Length;
        return new TextNode(_block, start, raw.Length, isEscaped);
    }
}
