using FhirOrchestrator.Fhir;

namespace FhirOrchestrator.Facts;

/// <summary>
/// An EHR's base URL, and what lies below it. Two addresses belong together only where scheme, host and port are
/// exactly the same and the path lies below the base's: a common prefix of the text says nothing.
/// </summary>
internal sealed class EhrAddress
{
    private readonly Uri _base;
    private readonly string _path;

    public EhrAddress(Uri baseUrl)
    {
        var text = baseUrl.GetLeftPart(UriPartial.Path).TrimEnd('/');
        _base = new Uri(text + "/", UriKind.Absolute);
        _path = _base.AbsolutePath;
    }

    /// <summary>The base with a slash at its end.</summary>
    public Uri Base => _base;

    /// <summary>True for the same scheme, host and port.</summary>
    public bool IsSameOrigin(Uri other) => other.IsAbsoluteUri && other.UserInfo.Length == 0
        && string.Equals(other.Scheme, _base.Scheme, StringComparison.Ordinal)
        && string.Equals(other.IdnHost, _base.IdnHost, StringComparison.OrdinalIgnoreCase)
        && other.Port == _base.Port;

    /// <summary>True for the base itself and whatever lies below it.</summary>
    public bool Contains(Uri other) => IsSameOrigin(other)
        && (other.AbsolutePath.StartsWith(_path, StringComparison.Ordinal) || other.AbsolutePath + "/" == _path);

    /// <summary>
    /// The address of something below the base, such as <c>Patient/1</c> or <c>Task?status=ready</c>; null where the
    /// text would lead anywhere else or is no plain relative address.
    /// </summary>
    public Uri? Resolve(string relative)
    {
        var path = relative.Split('?', 2)[0];
        var isPlain = relative.Length is > 0 and <= 8000
            && !relative.Any(each => char.IsControl(each) || each is '\\' or '#')
            && !path.Split('/').Any(part => part is "" or "." or "..")
            && !path.Contains('%', StringComparison.Ordinal) && !path.Contains(':', StringComparison.Ordinal);
        return isPlain && Uri.TryCreate(_base, relative, out var address) && Contains(address) ? address : null;
    }

    /// <summary>
    /// A link that the EHR sent (a next page): absolute or relative; null where it leads anywhere else.
    /// </summary>
    public Uri? Follow(string link) =>
        Uri.TryCreate(_base, link, out var address) && Contains(address) ? address : null;

    /// <summary>
    /// <c>Type/id</c> of a reference that this EHR sent: relative, or absolute below its base. Null for another
    /// server's: such a reference is opaque and never followed.
    /// </summary>
    public ResourceReference? Own(string reference)
    {
        var parsed = ResourceReference.Parse(reference);
        if (parsed.Type is null)
        {
            return null;
        }

        if (parsed.Base is null)
        {
            return parsed;
        }

        return Uri.TryCreate(parsed.Base + "/", UriKind.Absolute, out var origin)
            && IsSameOrigin(origin) && origin.AbsolutePath == _path ? parsed : null;
    }
}
