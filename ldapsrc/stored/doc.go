// Package stored decodes what Exchange stores about itself, for whoever reads it: from
// the directory, or from what the Exchange Management Shell exported.
package stored
