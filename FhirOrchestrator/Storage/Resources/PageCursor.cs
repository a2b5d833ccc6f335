using System.Buffers.Text;
using System.Globalization;
using System.Text;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Storage.Resources;

/// <summary>
/// The last resource of a page by its sort values and its key: the next page begins behind it, so that resources which
/// come or go meanwhile neither skip nor repeat others.
/// </summary>
internal sealed record PageCursor(ImmutableArray<string> Values, long Key)
{
    private const int TextMax = 16 * 1024;
    private const string SnapshotMark = "@";

    /// <summary>The list that later pages are cut from; null where the sort values say where to go on.</summary>
    public Guid? Snapshot { get; private init; }

    /// <summary>The place in the list that the next page begins at.</summary>
    public int Offset { get; private init; }

    /// <summary>A place in a list kept by the store.</summary>
    public static PageCursor InSnapshot(Guid snapshot, int offset) => new([], 0)
    {
        Snapshot = snapshot,
        Offset = offset,
    };

    /// <summary>The cursor as opaque text for a URL.</summary>
    public string Encode()
    {
        var parts = Snapshot is { } list
            ? [SnapshotMark, list.ToString(), Offset.ToString(CultureInfo.InvariantCulture)]
            : Values.Append(Key.ToString(CultureInfo.InvariantCulture));
        var items = parts.Select(value => (Node)new TextNode(value));
        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes(new ArrayNode([.. items]).ToString()));
    }

    /// <summary>Reads a cursor; null for text that is none.</summary>
    /// <param name="valueCount">How many sort values the query has.</param>
    public static PageCursor? Decode(string text, int valueCount)
    {
        if (text.Length > TextMax || !Base64Url.IsValid(text)
            || JsonText.Read(Base64Url.DecodeFromChars(text)).Value is not ArrayNode array
            || array.Items.Any(item => item is not TextNode))
        {
            return null;
        }

        if (array.Items is [var mark, var list, var place] && mark.AsText == SnapshotMark
            && Guid.TryParse(list.AsText, out var snapshot)
            && int.TryParse(place.AsText, NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
        {
            return InSnapshot(snapshot, offset);
        }

        if (array.Items.Length != valueCount + 1
            || !long.TryParse(array.Items[^1].AsText, NumberStyles.None, CultureInfo.InvariantCulture, out var key))
        {
            return null;
        }

        return new PageCursor([.. array.Items[..^1].Select(item => item.AsText ?? "")], key);
    }
}
