-- CreateTable
CREATE TABLE "CapacitySeries" (
    "id" SERIAL NOT NULL,
    "subjectId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "CapacitySeries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "CapacityPoint" (
    "step" INTEGER NOT NULL,
    "slot" INTEGER NOT NULL,
    "seriesId" INTEGER NOT NULL,
    "totalBytes" BIGINT,
    "usedBytes" BIGINT NOT NULL,
    "availableBytes" BIGINT,
    "metadataPercent" DOUBLE PRECISION,
    "leastUsedBytes" BIGINT,
    "mostUsedBytes" BIGINT,

    CONSTRAINT "CapacityPoint_pkey" PRIMARY KEY ("step","slot","seriesId")
);

-- CreateIndex
CREATE UNIQUE INDEX "CapacitySeries_subjectId_hostId_key" ON "CapacitySeries"("subjectId", "hostId");
