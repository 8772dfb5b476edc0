"""From the resources of a document to the devices that they ask AWS for."""
