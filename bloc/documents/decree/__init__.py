"""Decree 30/2020/NĐ-CP, Annex I, as a layout: what a document says goes in as marked text, a .docx comes out."""
