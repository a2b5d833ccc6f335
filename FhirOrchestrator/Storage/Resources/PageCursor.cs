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
    private const int TextMax = 4096;

    /// <summary>The cursor as opaque text for a URL.</summary>
    public string Encode()
    {
        var items = Values.Append(Key.ToString(CultureInfo.InvariantCulture)).Select(value => (Node)new TextNode(value));
        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes(new ArrayNode([.. items]).ToString()));
    }

    /// <summary>Reads a cursor; null for text that is none.</summary>
    /// <param name="valueCount">How many sort values the query has.</param>
    public static PageCursor? Decode(string text, int valueCount)
    {
        if (text.Length > TextMax || !Base64Url.IsValid(text)
            || JsonText.Read(Base64Url.DecodeFromChars(text)).Value is not ArrayNode array
            || array.Items.Length != valueCount + 1
            || array.Items.Any(item => item is not TextNode)
            || !long.TryParse(array.Items[^1].AsText, NumberStyles.None, CultureInfo.InvariantCulture, out var key))
        {
            return null;
        }

        return new PageCursor([.. array.Items[..^1].Select(item => item.AsText ?? "")], key);
    }
}
