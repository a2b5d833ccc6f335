namespace FhirOrchestrator.Fhir.Json;

/// <summary>The names that an object has so far: tells one that comes twice.</summary>
internal ref struct NamesSeen(JsonScratch scratch)
{
    // Up to here comparing with all before is the fastest; beyond, a hostile object would take hours.
    private const int ComparedMax = 32;

    // A bit for each hash: most names are new, and that is seen at once.
    private ulong _bits;
    private HashSet<string>? _names;

    /// <summary>Where the object's members begin in the scratch.</summary>
    public int Bottom { get; } = scratch.MemberCount;

    /// <summary>False where the name was there before.</summary>
    public bool Add(NameTable.Name name)
    {
        var bit = 1UL << (int)(name.Hash & 63);
        if (_names is null && (_bits & bit) == 0)
        {
            _bits |= bit;
            return true;
        }

        var earlier = scratch.MembersFrom(Bottom);
        if (_names is not null)
        {
            return _names.Add(name.Text);
        }

        if (earlier.Length >= ComparedMax)
        {
            _names = new HashSet<string>(StringComparer.Ordinal);
            foreach (var member in earlier)
            {
                _names.Add(member.Name);
            }

            return _names.Add(name.Text);
        }

        foreach (var member in earlier)
        {
            if (string.Equals(member.Name, name.Text, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }
}
